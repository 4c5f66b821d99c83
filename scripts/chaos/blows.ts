import { audienceKey } from '../../src/activities/check-input';
import { audienceWorkflowId, DEFAULT_ATTRIBUTE } from '../../src/contract/names';
import { type ChaosAudience } from './audience';
import { describePoint } from './kill-points';
import { INTEGRATION, type Stage, WORKERS } from './stage';
import { patiently, reset } from './temporal-calls';
import { type Reached } from './triggers';

/** Longer than Temporal waits for a heartbeat, by enough for the others to have gone on meanwhile. */
const FROZEN_MS = 30_000;
const REASON = 'as a person would from the UI';

/** What the blows need beside the stage. */
export interface BlowTools {
  /** Puts a new file in the place of the audience's. */
  replaceSource(audience: ChaosAudience, members: readonly string[]): Promise<void>;
  /** Starts a second run of an audience. */
  startAgain(audience: ChaosAudience): Promise<void>;
  log(line: string): void;
}

/** Does what the reached point says; resolves when it is done. */
export async function strike(
  stage: Stage,
  tools: BlowTools,
  { audience: name, point, sender }: Reached,
): Promise<void> {
  const { crew, current, temporal } = stage;
  const audience = stage.audiences.find((candidate) => candidate.name === name);
  const parent = current.get(name);
  if (!audience || parent === undefined) return;
  const child = childOf(name);
  const worker = sender ?? WORKERS[0];
  const kill = (...victims: string[]) => crew.kill(victims, point.downMs, `${name}: ${describePoint(point)}`);
  const terminate = (id: string) => patiently(stage, () => temporal.workflow.getHandle(id).terminate(REASON));
  if (!point.blow.startsWith('kill')) tools.log(`${name}: ${describePoint(point)}`);
  switch (point.blow) {
    case 'kill sender':
      return kill(worker);
    case 'kill workers':
      return kill(...WORKERS);
    case 'kill gateway':
      return kill('gateway');
    case 'kill Temporal':
      return kill('Temporal');
    case 'kill everything':
      return kill('Temporal', 'gateway', ...WORKERS);
    case 'freeze sender':
      await crew.freeze(worker, FROZEN_MS);
      await terminate(child);
      // Whoever is being added now has to go again: a late write of the frozen worker would be seen.
      return tools.replaceSource(audience, audience.opposite());
    case 'terminate child':
      await terminate(child);
      return;
    case 'terminate child and kill sender':
      await terminate(child);
      return kill(worker);
    case 'terminate parent':
      await terminate(parent);
      return;
    case 'reset child':
      await patiently(stage, () => reset(stage, child, point.choice));
      return;
    case 'reset parent':
      await patiently(stage, () => reset(stage, parent, point.choice));
      return;
    case 'cancel':
      await patiently(stage, () => stage.client.cancel(parent));
      return;
    case 'replace source':
      return tools.replaceSource(audience, audience.next(0.3, 0.3));
    case 'start again':
      return tools.startAgain(audience);
  }
}

/** Workflow id that holds an audience. */
export function childOf(audience: string): string {
  return audienceWorkflowId(INTEGRATION, audienceKey(DEFAULT_ATTRIBUTE, audience, 'external_id'));
}
