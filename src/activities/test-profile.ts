import { Context } from '@temporalio/activity';
import { CALL_PATHS } from '../domain/stream/call-paths';
import { ERROR_CATALOG } from '../contract/errors';
import { type PreparedTest } from '../contract/external-api-test';
import { judge, type Restoration } from '../domain/stream/call-proof';
import { type JsonObject } from '../domain/stream/vocabulary';
import { type TestCalls } from './external-api-calls';
import { throwFault, valueOf } from './failure';

/** Beyond the apply lag: a look that comes just before it has passed is not the last one. */
const GRACE_MS = 5_000;
/** How long the first wait is, for a look as for another attempt. */
export const FIRST_POLL_MS = 500;
const LONGEST_POLL_MS = 5_000;
/** Requests that have not left, or that Braze put off: nothing of them was done. */
export const MOST_ATTEMPTS = 6;

/** How waits are done. */
export interface Waiting {
  sleep: (ms: number) => Promise<void>;
}

/** One person, or nobody; several would leave open which one was written to. */
export async function readOne(
  calls: TestCalls,
  { identifier }: PreparedTest,
): Promise<JsonObject | undefined> {
  const found = valueOf(await calls.read(identifier, Context.current().cancellationSignal));
  if (found.length > 1) {
    const message = `${found.length} profiles answer to the ${Object.keys(identifier).join()} of the test.`;
    throwFault({ code: 'TEST_PROFILE_AMBIGUOUS', message });
  }
  return found[0];
}

/** Whether a profile shows all that the call writes. */
export function showsAll({ proof, before }: PreparedTest): (profile: JsonObject | undefined) => boolean {
  return (profile) => judge(proof.values, before, profile).every(({ arrived }) => arrived);
}

/** The last look at the profile: the first that shows everything, or the one when time is up. */
export async function pollProfile(
  { sleep }: Waiting,
  calls: TestCalls,
  prepared: PreparedTest,
  isDone: (profile: JsonObject | undefined) => boolean,
): Promise<JsonObject | undefined> {
  const context = Context.current();
  const { applyLagSeconds } = prepared.settings.braze;
  const startedAt = Date.now();
  let waitMs = FIRST_POLL_MS;
  for (;;) {
    const read = await calls.read(prepared.identifier, context.cancellationSignal);
    const isOver = Date.now() - startedAt >= applyLagSeconds * 1_000 + GRACE_MS;
    if (!read.ok && (isOver || !ERROR_CATALOG[read.fault.code].retryable)) throwFault(read.fault);
    const profile = read.ok ? read.value.find((one) => isDone(one)) : undefined;
    if (profile !== undefined) return profile;
    if (isOver) return read.ok ? read.value[0] : undefined;
    await sleep(waitMs);
    waitMs = Math.min(waitMs * 1.5, LONGEST_POLL_MS);
  }
}

/**
 * Writes values again, for nobody who is not there; answers why Braze did not take them, if it said so. Whether they have come
 * is for the next look.
 */
export async function writeBack(
  { sleep }: Waiting,
  calls: TestCalls,
  { identifier }: PreparedTest,
  attributes: Restoration['attributes'],
): Promise<string | undefined> {
  const restored = attributes.map(([{ key }, value]) => [key, value] as const);
  const object = { ...identifier, ...Object.fromEntries(restored), _update_existing_only: true };
  const text = JSON.stringify({ attributes: [object] });
  let refused: string | undefined;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const reply = await calls.post(CALL_PATHS['users.track'], text, Context.current().cancellationSignal);
    refused = reply.kind === 'answer' ? refusalIn(reply.status) : 'Braze could not be reached';
    if (reply.kind === 'answer' && reply.status < 500 && reply.status !== 429) return refused;
    await sleep(FIRST_POLL_MS * attempt);
  }
  return refused;
}

function refusalIn(status: number): string | undefined {
  return status < 300 ? undefined : `Braze answered ${status}`;
}
