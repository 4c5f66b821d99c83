import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/sandbox/seeded-random';
import { type ChangingSource } from './changing-source';
import { dealMood } from './deal';
import { KILL_POINTS } from './kill-points';
import { type Stage, WORKERS } from './stage';

/** What goes wrong while schedules refresh, each by its own sequence of the seed. */
export interface RandomBlows {
  seed: number;
  everySeconds: number;
  /** Ends everything that goes wrong. */
  over: AbortSignal;
  log: (line: string) => void;
}

/** Whom a kill hits, as often as they are listed. */
const VICTIMS: readonly (readonly string[])[] = [
  ...WORKERS.flatMap((worker) => [[worker], [worker]]),
  [...WORKERS],
  ['gateway'],
  ['Temporal'],
  ['Temporal'],
  ['Temporal', 'gateway', ...WORKERS],
];
const WHILE_READ = KILL_POINTS.find(({ blow }) => blow === 'replace source');
const MOOD_MS = 30_000;

/** Kills processes every few seconds to tens of seconds until it is over; answers how often. */
export async function killAtRandom({ crew }: Stage, { seed, over, log }: RandomBlows): Promise<number> {
  const random = seededRandom(seed);
  let kills = 0;
  while (await pause(4_000 + random() * 26_000, over)) {
    const victims = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? [];
    // Now and then longer than any bound that a process could be waiting with.
    const length = random();
    const downMs = Math.round(
      length < 0.12 ? 35_000 + random() * 10_000 : random() * (length < 0.3 ? 15_000 : 2_500),
    );
    await crew.kill(victims, downMs, `for ${(downMs / 1_000).toFixed(1)} s`);
    kills += 1;
    log(`kill ${kills} of ${victims.join(' + ')}, for ${(downMs / 1_000).toFixed(1)} s`);
  }
  return kills;
}

/** Braze is slow all the time, and otherwise wrong in changing ways. */
export async function spoilBraze({ stack }: Stage, { seed, over }: RandomBlows): Promise<void> {
  const random = seededRandom(seed + 1);
  const { faults } = stack.sandbox.workspace;
  do {
    faults.clear();
    for (const rule of dealMood(random)) faults.add(rule);
  } while (await pause(MOOD_MS, over));
  faults.clear();
}

/** Replaces a source at random moments, while it is read, or by something damaged that is whole again later. */
export async function changeAtRandom(
  { triggers }: Stage,
  source: ChangingSource,
  { seed, everySeconds, over, log }: RandomBlows,
): Promise<void> {
  const { index } = source;
  const { name } = source.audience;
  const random = seededRandom(seed * 1_000 + 500 + index);
  let id = 0;
  while (await pause((0.2 + random()) * everySeconds * 1_000, over)) {
    const what = random();
    if (what < 0.3) {
      const damage = await source.putDamaged(random);
      if (damage !== undefined) log(`${name}: ${damage}`);
      if (!(await pause((0.2 + random() * 1.5) * everySeconds * 1_000, over))) break;
    } else if (what < 0.55 && WHILE_READ && source.kind !== 'folders') {
      triggers.disarm(name);
      triggers.arm(name, [{ ...WHILE_READ, id: (id += 1), passes: 0, downMs: 0, choice: 0 }]);
      log(`${name}: will be replaced while it is read`);
      continue;
    }
    await source.putWhole(random);
    log(`${name}: a new file`);
  }
  triggers.disarm(name);
}

/** False if it was over before. */
async function pause(forMs: number, over: AbortSignal): Promise<boolean> {
  try {
    await sleep(forMs, undefined, { signal: over });
    return true;
  } catch (error) {
    if (over.aborted) return false;
    throw error;
  }
}
