import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { type EmptyRequest } from '../contract/messages';
import { shardWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import {
  MOST_SHARDS,
  type SetShardsRequest,
  STREAM_MESSAGES,
  type StreamLayout,
  type StreamLayouts,
} from '../contract/stream';
import { fieldsProblem } from '../domain/message-rules';
import { streamLayouts } from './activity-proxies';
import { runErrorOf } from './run-error';

const setShards = defineUpdate<StreamLayouts, [SetShardsRequest]>(STREAM_MESSAGES.setShards);
const describe = defineQuery<StreamLayouts | null, [EmptyRequest?]>(STREAM_MESSAGES.describe);
const ensure = defineSignal<[EmptyRequest?]>(STREAM_MESSAGES.ensure);

/** What a stream's workflow begins with. */
export interface StreamInput {
  integration: string;
}

/**
 * The stream of an integration: keeps a workflow for each of its shards going, and divides it anew when asked to. The database
 * knows the shards and everything about them; lost, this workflow is started again by whoever takes events for it, and finds
 * it there.
 */
export async function stream({ integration }: StreamInput): Promise<void> {
  let layouts: StreamLayouts | undefined;
  let asked = 1;
  let started = 0;

  const startShards = async () => {
    const round = asked;
    layouts = await streamLayouts.readStreamLayouts({ integration });
    for (const layout of layouts.open) await startLayout(integration, layout);
    setCurrentDetails(detailsOf(layouts));
    started = round;
  };

  setHandler(
    setShards,
    async ({ shards }) => {
      try {
        layouts = await streamLayouts.setStreamShards({ integration, shards });
      } catch (error) {
        if (isCancellation(error)) throw error;
        const { code, message } = runErrorOf(error);
        throw ApplicationFailure.nonRetryable(message, code);
      }
      asked += 1;
      return layouts;
    },
    {
      description: 'Divide the stream’s people into another number of shards, e.g. {"shards": 8}.',
      validator: (request: SetShardsRequest) => {
        const problem = fieldsProblem(request, ['shards']);
        if (problem) throw ApplicationFailure.nonRetryable(problem, 'INPUT_INVALID');
        if (isShardCount(request.shards)) return;
        throw ApplicationFailure.nonRetryable(
          `shards has to be a whole number from 1 to ${MOST_SHARDS}`,
          'INPUT_INVALID',
        );
      },
    },
  );
  setHandler(ensure, () => void (asked += 1), {
    description: 'Starts shards that are not running. Sent by workers and gateways.',
  });
  setHandler(describe, () => layouts ?? null, { description: 'How the stream is divided into shards.' });

  while (!workflowInfo().continueAsNewSuggested) {
    await condition(() => asked > started || workflowInfo().continueAsNewSuggested);
    if (asked > started) await startShards();
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof stream>({ integration });
}

function isShardCount(shards: unknown): boolean {
  return typeof shards === 'number' && Number.isInteger(shards) && shards >= 1 && shards <= MOST_SHARDS;
}

async function startLayout(integration: string, { layout, shards }: StreamLayout): Promise<void> {
  for (let shard = 0; shard < shards; shard += 1) {
    try {
      await startChild(WORKFLOW_TYPES.streamShard, {
        workflowId: shardWorkflowId(integration, layout, shard),
        taskQueue: TASK_QUEUE,
        args: [{ integration, layout, shard, shards }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Shard ${shard + 1} of ${shards} of ${integration}`,
      });
    } catch (error) {
      // It is running: just what is wanted.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

function detailsOf({ layout, shards, open }: StreamLayouts): string {
  const earlier = open.filter((each) => each.layout !== layout);
  const lines = [`**${shards} shards** (layout ${layout})`];
  for (const each of earlier)
    lines.push(
      `Layout ${each.layout} of ${each.shards} shards is being worked off; the next begins after it.`,
    );
  return lines.join('\n\n');
}
