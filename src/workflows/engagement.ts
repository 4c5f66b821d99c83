import {
  allHandlersFinished,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineQuery,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import {
  type ActivateRequest,
  type ChangeRequest,
  ENGAGEMENT_MESSAGES,
  type EngagementChange,
  type EngagementStatus,
  type UpgradeRequest,
} from '../contract/engagement';
import { type EngagementKey } from '../contract/engagement-calls';
import { type EmptyRequest } from '../contract/messages';
import { describeEngagement } from '../domain/stream/describe-engagement';
import { changeProblem } from '../domain/stream/engagement-rules';
import { countsDiffer, nextLookMs } from '../domain/stream/engagement-watch';
import { engagementMessageProblem } from '../domain/message-rules';
import { engagementChange, engagementLook } from './activity-proxies';
import { runErrorOf } from './run-error';

type Request = ActivateRequest | ChangeRequest | UpgradeRequest;

/** What an engagement's entity goes on from. */
export interface EngagementInput extends EngagementKey {
  status?: EngagementStatus | undefined;
}

const DESCRIPTIONS: Record<EngagementChange, string> = {
  activate: 'Activate the saved draft; every External API of it has to have passed its test here.',
  pause: 'Pause: who enters is recorded and not sent.',
  resume: 'Go on; those who entered meanwhile are sent or skipped, as onResume says.',
  stop: 'Stop for good: nobody is sent any more.',
  upgrade: 'Move to other versions of the External APIs or the segment; they have to have passed their test.',
};

const refresh = defineUpdate<EngagementStatus | null, [EmptyRequest?]>(ENGAGEMENT_MESSAGES.refresh);
const statusQuery = defineQuery<EngagementStatus | null, [EmptyRequest?]>(ENGAGEMENT_MESSAGES.status);

/**
 * One engagement: the door by which it is changed, and the place where it is seen. PostgreSQL decides and remembers; what
 * this keeps is a copy of that, so that ending it loses nothing. Ends when the engagement is stopped.
 */
export async function engagement(input: EngagementInput): Promise<EngagementStatus | null> {
  const { integration, name } = input;
  let status: EngagementStatus | undefined = input.status;
  let isLoaded = false;
  let trouble: string | undefined;
  let turns = Promise.resolve();
  let changes = 0;

  const show = () => {
    if (status) setCurrentDetails(describeEngagement(status, trouble));
  };
  /** Changes come one after the other: each is judged by the state that the one before has left. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const turn = turns.then(step);
    turns = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  };
  const makeChange = async (change: EngagementChange, request: Request): Promise<EngagementStatus> => {
    // An Update’s id is unique within a run only.
    const token = `${workflowInfo().runId}/${currentUpdateInfo()?.id ?? change}`;
    await condition(() => isLoaded);
    return inTurn(async () => {
      try {
        const made = await engagementChange.changeEngagement({ integration, name, change, request, token });
        // A change counts nothing: what was counted last holds until the next look.
        status = { ...made, counts: status?.counts, countedAt: status?.countedAt };
      } catch (error) {
        if (isCancellation(error)) throw error;
        const { code, message } = runErrorOf(error);
        throw ApplicationFailure.nonRetryable(message, code);
      }
      changes += 1;
      show();
      return status;
    });
  };
  /** Plain and synchronous, on what the entity knows: the transaction judges again by what is so. */
  const validate = (change: EngagementChange, request: unknown) => {
    const misshapen = engagementMessageProblem(change, request);
    if (misshapen) throw ApplicationFailure.nonRetryable(misshapen, 'INPUT_INVALID');
    const problem = status && changeProblem(name, status.state, change);
    if (problem) throw ApplicationFailure.nonRetryable(problem, 'ENGAGEMENT_STATE');
  };
  for (const change of ['activate', 'pause', 'resume', 'stop', 'upgrade'] as const) {
    setHandler(defineUpdate<EngagementStatus, [Request]>(change), (request) => makeChange(change, request), {
      description: DESCRIPTIONS[change],
      validator: (request: unknown) => validate(change, request),
    });
  }
  setHandler(statusQuery, () => status ?? null, {
    description: 'State, versions, who changed what when, counts per stage.',
  });

  /** Counts are a courtesy: a database that is away for a moment is told in the details, and ends nothing. */
  const look = async (): Promise<boolean> => {
    try {
      const seen = await engagementLook.readEngagement({ integration, name });
      const differs = !status || !seen || countsDiffer(status.counts, seen.counts);
      trouble = undefined;
      // A change that was made meanwhile is newer than what was read.
      if (!status || !seen || seen.revision >= status.revision) status = seen ?? undefined;
      return differs;
    } catch (error) {
      if (isCancellation(error)) throw error;
      trouble = runErrorOf(error).message;
      return false;
    } finally {
      show();
    }
  };

  setHandler(
    refresh,
    async () => {
      await condition(() => isLoaded);
      await inTurn(look);
      return status ?? null;
    },
    {
      description: 'Read state and counts anew, and answer them; countedAt tells whether that could be done.',
    },
  );

  const isStopped = () => status?.state === 'stopped';
  let pauseMs = 0;
  let before = changes;
  while (!isStopped() && !workflowInfo().continueAsNewSuggested) {
    before = changes;
    const changed = await look();
    isLoaded = true;
    await condition(allHandlersFinished);
    if (!status && !trouble) return null;
    pauseMs = nextLookMs(status?.state, changed, pauseMs);
    if (isStopped() && changes === before) break;
    const isDisturbed = () => changes !== before || workflowInfo().continueAsNewSuggested;
    if (await condition(isDisturbed, pauseMs)) pauseMs = 0;
  }
  // The last counts are those that stay: the stop itself has told none.
  if (isStopped() && changes !== before) await look();
  await condition(allHandlersFinished);
  if (isStopped()) return status ?? null;
  return continueAsNew<typeof engagement>({ integration, name, status });
}
