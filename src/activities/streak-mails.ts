import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Bucket } from '../adapters/bucket/bucket';
import { type RunResult } from '../contract/run';
import { utcDay } from '../domain/schedule-watch';
import { alertKey } from '../domain/state-layout';
import { type SendEndMailInput } from './send-mail';
import { type SendMailResult } from './send-mail-delivery';

const markSchema = z.object({ runId: z.string() });

/**
 * Keeps scheduled refreshes that fail or are refused for one reason, again and again, from filling mailboxes: the first of a UTC
 * day is mailed. A retry is safe: the mark names the run that was mailed, which may be tried again. Reads fresh: the mark. A state
 * bucket that cannot be read or written keeps no mail back, since it may be what the mail is about.
 */
export function oncePerDay(
  stateBucket: Bucket,
  clock: () => number,
  send: (input: SendEndMailInput) => Promise<SendMailResult>,
): (input: SendEndMailInput) => Promise<SendMailResult> {
  return async (input) => {
    const key = markKey(stateBucket.path, input.result, clock());
    if (key === undefined) return send(input);
    const told = await stateBucket.read(key);
    if (told.ok) {
      const mark = markSchema.safeParse(JSON.parse(told.value.toString('utf8')));
      if (mark.data?.runId !== input.runId) return { sent: [], refusedRecipients: 0 };
    }
    const sent = await send(input);
    await stateBucket.putJson(key, { runId: input.runId, workflowId: input.result.workflowId });
    return sent;
  };
}

/** None for what a person started, or what a person has to hear each time. */
function markKey(path: string, result: RunResult, nowMs: number): string | undefined {
  const { scheduledFor, outcome, error, workflowId } = result;
  if (scheduledFor === undefined || error === undefined) return undefined;
  if (outcome !== 'failed' && outcome !== 'refused') return undefined;
  // Temporal ends the ids of scheduled runs in their time; what comes before it is the schedule's own.
  const name = workflowId.replace(/-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '');
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return alertKey(path, digest, `failed-${error.code}-${utcDay(nowMs)}`);
}
