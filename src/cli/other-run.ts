import { setTimeout as delay } from 'node:timers/promises';
import { type Client } from '@temporalio/client';
import { EXIT_CODES } from '../contract/errors';
import { WORKFLOW_TYPES } from '../contract/names';
import { type ImportProgress } from '../contract/profile-import';
import { importProgressOf } from '../client/profile-import';
import { cliErrorOf } from './cli-error';
import { reportError, type CommandHost, type CommonOptions } from './host';
import { shellWord } from './next-steps';
import { progressLine } from './profile-format';
import { formatFacts } from './table';

/** A workflow that is no run of an audience, as far as Temporal itself tells of it. */
export interface OtherRun {
  workflowId: string;
  workflowType: string;
  /** As Temporal spells it, e.g. `RUNNING` or `CANCELED`. */
  status: string;
  startedAt: string;
  endedAt?: string | undefined;
  /** Of an import whose rows are going in. */
  progress?: ImportProgress | undefined;
}

/** What is known of an id that belongs to something else than a run of an audience, such as an import; nothing of a run. */
export async function findOtherRun(temporal: Client, workflowId: string): Promise<OtherRun | undefined> {
  const described = await temporal.workflow.getHandle(workflowId).describe();
  if (described.type === WORKFLOW_TYPES.activateAudience) return undefined;
  return {
    workflowId,
    workflowType: described.type,
    status: described.status.name,
    startedAt: described.startTime.toISOString(),
    endedAt: described.closeTime?.toISOString(),
    progress: described.type === WORKFLOW_TYPES.importProfiles ? importProgressOf(described) : undefined,
  };
}

/** Tells it, and with `watch` goes on until it has ended; answers the exit code that goes with its end. */
export async function tellOtherRun(
  host: CommandHost,
  temporal: Client,
  found: OtherRun,
  { json, watch }: CommonOptions & { watch?: true },
): Promise<number> {
  const { io } = host;
  const stop = new AbortController();
  const stopListening = watch ? io.onInterrupt(() => stop.abort()) : () => undefined;
  try {
    let told = '';
    for (let run = found; ; run = (await findOtherRun(temporal, found.workflowId)) ?? run) {
      const lines = json ? [JSON.stringify(run)] : formatOtherRun(run);
      if (lines.join() !== told) for (const line of lines) io.print(line);
      told = lines.join();
      if (run.status !== 'RUNNING') return await exitCodeOf(host, temporal, run);
      if (!watch || stop.signal.aborted) return EXIT_CODES.ok;
      await delay(io.pollMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    stopListening();
  }
}

async function exitCodeOf(host: CommandHost, temporal: Client, run: OtherRun): Promise<number> {
  if (run.status === 'COMPLETED') return EXIT_CODES.ok;
  if (run.status !== 'FAILED') return EXIT_CODES.person;
  const error: unknown = await temporal.workflow
    .getHandle(run.workflowId)
    .result()
    .catch((reason: unknown) => reason);
  return reportError(host.io, {}, cliErrorOf(error));
}

function formatOtherRun({
  workflowId,
  workflowType,
  status,
  startedAt,
  endedAt,
  progress,
}: OtherRun): string[] {
  return formatFacts([
    ['workflow', workflowId],
    ['type', workflowType],
    ['status', status.toLowerCase()],
    ['started', startedAt],
    ['ended', endedAt],
    ['progress', progress && progressLine(progress)],
  ]);
}

/** What asking it to end comes to. */
export function cancelSentence({ workflowId, workflowType }: OtherRun): string {
  const watch = `Watch it: brazier status ${shellWord(workflowId)} --watch`;
  return workflowType === WORKFLOW_TYPES.importProfiles
    ? `The import was asked to end; rows that are in stay in. ${watch}`
    : `It was asked to end. ${watch}`;
}
