import { type Client } from '@temporalio/client';
import { BrazierClient } from '../client/brazier-client';
import { type RunListing } from '../client/find-run';
import { type Outcome, success } from '../contract/errors';
import { type ConfirmationAnswer } from '../contract/messages';
import { type ConfirmationResult, type RunStatus } from '../contract/run';
import { type WaitingRun } from '../domain/mail-matching';
import { type ConfirmationRuns } from '../gateway/runs';
import { createAsker } from './ask-temporal';
import { isRunEnded } from './client-faults';

/** Status queries at once when a mail has to be matched. */
const QUERIES_AT_ONCE = 8;

/** The gateway's view of the runs, through Temporal; nothing is kept here. */
export function createConfirmationRuns(temporal: Client): ConfirmationRuns {
  const brazier = new BrazierClient(temporal);

  const ask = createAsker(temporal);

  const answer = (message: 'confirm' | 'dispute') => {
    return (
      workflowId: string,
      runId: string,
      given: ConfirmationAnswer,
      updateId?: string,
    ): Promise<Outcome<ConfirmationResult>> =>
      ask(async () => {
        try {
          return await brazier[message](workflowId, given, runId, updateId);
        } catch (error) {
          if (!isRunEnded(error)) throw error;
          // Ended between the page and the press: what it has recorded is the answer.
          const { confirmation } = await brazier.status(workflowId, runId);
          return confirmation ?? { answer: 'notAsked' };
        }
      });
  };

  return {
    status: (workflowId, runId) => ask(() => brazier.status(workflowId, runId)),
    confirm: answer('confirm'),
    dispute: answer('dispute'),
    async waitingForMail() {
      const running = await ask(() => collect(brazier.runs({ running: true })));
      if (!running.ok) return running;
      const waiting: WaitingRun[] = [];
      for (let start = 0; start < running.value.length; start += QUERIES_AT_ONCE) {
        const batch = running.value.slice(start, start + QUERIES_AT_ONCE);
        const statuses = await Promise.all(
          batch.map(({ workflowId, runId }) => ask(() => brazier.status(workflowId, runId))),
        );
        for (const [index, status] of statuses.entries()) {
          const run = batch[index];
          // Better no match now and a mail that is sent again than a match among half of the runs.
          if (!status.ok && status.fault.code !== 'RUN_NOT_FOUND') return status;
          if (status.ok && run) waiting.push(...waitingRun(run, status.value));
        }
      }
      return success(waiting);
    },
  };
}

/** A run whose policy asks named persons is answered by their links; a mail does not confirm it. */
function waitingRun({ workflowId, runId, startedAt }: RunListing, status: RunStatus): WaitingRun[] {
  const { phase, runToken, audience, integration, confirmationPolicy } = status;
  if (phase !== 'awaitingConfirmation' || runToken === undefined || confirmationPolicy?.kind === 'person')
    return [];
  const allowedSenders = confirmationPolicy?.allowedSenders ?? [];
  const startedAtMs = Date.parse(startedAt);
  return [{ workflowId, runId, runToken, audience, integration, allowedSenders, startedAtMs }];
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
