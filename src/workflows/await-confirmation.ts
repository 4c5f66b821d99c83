import { condition } from '@temporalio/workflow';
import { type Activation } from '../contract/activation';
import { type ConfirmationResult } from '../contract/run';
import { mail } from './activity-proxies';
import { type RunInbox } from './run-inbox';

/**
 * The awaited e-mail step: asks, reminds, and ends with the first answer, with the time-out, or because a later run has
 * begun to send. Nothing of it touches data.
 */
export async function awaitConfirmation(
  { confirmation: policy }: Activation,
  inbox: RunInbox,
  runId: string,
): Promise<ConfirmationResult> {
  if (policy.kind === 'none') return { answer: 'notAsked' };
  inbox.update({ phase: 'awaitingConfirmation' });
  const startedAt = Date.now();
  const ask = async (kind: 'confirmation' | 'reminder', attempt: number) => {
    const recipients = policy.kind === 'person' ? policy.recipients : [];
    const expiresInSeconds = policy.timeoutSeconds - (Date.now() - startedAt) / 1_000;
    // Mail being down must not hold anybody up: the clock runs, answers come by other ways, and the mail is tried beside it.
    await mail
      .sendConfirmationMail({
        status: inbox.status,
        runId,
        recipients,
        expiresInSeconds,
        kind,
        attempt,
        policy: policy.kind,
      })
      .catch(() => undefined);
  };
  void ask('confirmation', 0);
  const answered = () => inbox.confirmation !== undefined || inbox.superseded !== undefined;
  const marks = [
    ...policy.remindAfterSeconds.filter((at) => at < policy.timeoutSeconds).sort((a, b) => a - b),
    policy.timeoutSeconds,
  ];
  for (const [attempt, mark] of marks.entries()) {
    const waitMs = Math.max(1, startedAt + mark * 1_000 - Date.now());
    if (await condition(answered, waitMs, { summary: 'the confirmation' })) break;
    if (mark < policy.timeoutSeconds) void ask('reminder', attempt + 1);
  }
  if (inbox.confirmation) return inbox.confirmation;
  return { answer: inbox.superseded ? 'superseded' : 'timedOut' };
}
