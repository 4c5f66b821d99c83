import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import { z } from 'zod';
import { WORKFLOW_TYPES } from '../contract/names';
import { type ShardKey, type StreamNow } from '../contract/stream';
import { WAIT_REASONS } from '../domain/stream/shard-wait';

/** Of the progress that a shard tells in its heartbeats, as much as others go by. */
export const progressSchema = z.object({
  backlog: z.number().catch(0),
  notSeeing: z.string().optional().catch(undefined),
  waiting: z
    .object({
      reason: z.enum(WAIT_REASONS).catch('other'),
      code: z.string().optional(),
      message: z.string(),
      since: z.string(),
    })
    .optional()
    .catch(undefined),
});

/** What a shard has told last; nothing where no worker has taken it up. */
export interface ToldShard extends ShardKey {
  progress: z.infer<typeof progressSchema> | undefined;
}

const SHARD_ID = /^stream\/(.+)\/(\d+)\/(\d+)$/;
const RUNNING = `WorkflowType = '${WORKFLOW_TYPES.streamShard}' AND ExecutionStatus = 'Running'`;

/** Every shard that runs, of one integration or of all, by the heartbeats that Temporal has of it. */
export async function* readShards(client: Client, integration?: string): AsyncGenerator<ToldShard> {
  for await (const { workflowId } of client.workflow.list({ query: queryFor(integration) })) {
    const [, name, layout, shard] = SHARD_ID.exec(workflowId) ?? [];
    if (name === undefined || (integration !== undefined && name !== integration)) continue;
    const key = { integration: name, layout: Number(layout), shard: Number(shard) };
    try {
      yield { ...key, progress: await progressOf(client, workflowId) };
    } catch (error) {
      // It has ended since it was listed.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

/** Whatever a name may hold, it ends no text of the query. */
const PLAIN_NAME = /^[\w.-]+$/;

function queryFor(integration: string | undefined): string {
  if (integration === undefined || !PLAIN_NAME.test(integration)) return RUNNING;
  return `${RUNNING} AND WorkflowId STARTS_WITH 'stream/${integration}/'`;
}

async function progressOf(client: Client, workflowId: string): Promise<ToldShard['progress']> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const [activity] = raw.pendingActivities ?? [];
  const payloads = activity?.heartbeatDetails?.payloads;
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  const [details] = await decodeArrayFromPayloads(
    {
      payloadCodecs,
      payloadConverter,
      failureConverter: client.options.loadedDataConverter.failureConverter,
    },
    payloads,
  );
  return progressSchema.safeParse(details).data;
}

/** An integration's stream as its shards tell of it; nothing where none does. */
export async function readStreamNow(client: Client, integration: string): Promise<StreamNow | undefined> {
  let now: StreamNow | undefined;
  for await (const { layout, shard, progress } of readShards(client, integration)) {
    if (progress === undefined) continue;
    now ??= { backlog: 0, waiting: [] };
    now.backlog += progress.backlog;
    now.notSeeing ??= progress.notSeeing;
    if (progress.waiting !== undefined) now.waiting.push({ layout, shard, ...progress.waiting });
  }
  return now;
}
