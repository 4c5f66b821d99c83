import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createHash, randomUUID } from 'node:crypto';
import { type Bucket } from '../adapters/bucket/bucket';
import {
  INTEGRATION_MESSAGES,
  type BeginAnswer,
  type BeginRequest,
  type CommitRequest,
  type ConfigureRequest,
  type EndRequest,
  type IntegrationState,
} from '../contract/entity';
import { isErrorCode } from '../contract/errors';
import { type IntegrationSettings, type SetupStep } from '../contract/integration';
import {
  audienceWorkflowId,
  DEFAULT_ATTRIBUTE,
  integrationWorkflowId,
  TASK_QUEUE,
  WORKFLOW_TYPES,
} from '../contract/names';
import { type RunError } from '../contract/run';
import { CHILD_MESSAGES, type RunProgress } from '../contract/run-audience';
import { holdsSlot } from '../domain/integration-state';
import { findForgotten, hasBegunToSend, listGenerations, markGeneration } from './begun-generations';
import { answerWithin } from './entity-answer';
import { throwFault } from './failure';

/** What `configureIntegration` takes: the request, and what tells this set-up from any other. */
export interface ConfigureCall extends ConfigureRequest {
  token?: string;
}

/** How long an attempt waits for an entity: shorter than its time-out, which is 30 seconds, with time left for the bucket. */
const ANSWER_MS = 20_000;

/** What these activities work with. */
export interface EntityOptions {
  client: Client;
  stateBucket: Bucket;
  /** How long an entity's answer is waited for; for tests. */
  answerMs?: number | undefined;
}

type IntegrationWorkflow = (input: { name: string }) => Promise<void>;

/** An Update's request and the integration it goes to. */
export interface EntityRequest<T> {
  integration: string;
  request: T;
}

/**
 * Activities that talk to integrations' entities; given a Temporal client, and the state bucket, which remembers the
 * generations of an entity that is lost. An entity that does not answer in time is asked again by the next attempt.
 */
export function createEntityActivities({ client, stateBucket, answerMs = ANSWER_MS }: EntityOptions) {
  const within = <T>(ask: () => Promise<T>) => answerWithin(client, answerMs, ask);
  const handleOf = (name: string) => client.workflow.getHandle(integrationWorkflowId(name));

  const update = async <R>(name: string, message: string, request: unknown, updateId: string): Promise<R> => {
    try {
      return await within(() =>
        handleOf(name).executeUpdate<R, [unknown]>(message, { args: [request], updateId }),
      );
    } catch (error) {
      return rethrow(error, name);
    }
  };

  const describe = async (name: string): Promise<IntegrationState | null> => {
    try {
      return await within(() => handleOf(name).query<IntegrationState | null>(INTEGRATION_MESSAGES.describe));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  };

  return {
    /** Safe to retry: it reads. Bounded by the wait for its answer. Reads fresh: the integration's settings. */
    async loadIntegration(request: {
      integration: string;
      attribute: string;
    }): Promise<{ settings: IntegrationSettings }> {
      const state = await describe(request.integration);
      if (!state) {
        throwFault({
          code: 'INTEGRATION_UNKNOWN',
          message: `integration: there is none named "${request.integration}"`,
        });
      }
      const { settings } = state;
      const declared = [DEFAULT_ATTRIBUTE, ...settings.attributes];
      if (!declared.includes(request.attribute)) {
        const message = `attribute: "${request.attribute}" is not declared on ${settings.name} (declared: ${[...new Set(declared)].join(', ')})`;
        throwFault({ code: 'ATTRIBUTE_NOT_DECLARED', message });
      }
      return { settings };
    },

    /**
     * Safe to retry: the begin's token makes the second ask the first one's answer, and a mark that is there stays as it is.
     * Bounded by the wait for the answer and by the bucket's time-outs. Reads fresh: the generations that the state bucket
     * knows, then generation and ledger; both from the bucket if the entity has forgotten them.
     */
    async beginRun({
      integration,
      request,
    }: EntityRequest<Omit<BeginRequest, 'floor'>>): Promise<BeginAnswer> {
      const { key, token, dryRun, parent } = request;
      const folder = { path: stateBucket.path, integration, audienceKey: key };
      const seen = await listGenerations(stateBucket, folder);
      const asked: BeginRequest = { ...request, floor: seen.at(-1) ?? 0 };
      const id = `begin-${key}-${token}`;
      const answer = await update<BeginAnswer>(integration, INTEGRATION_MESSAGES.begin, asked, id);
      if (!answer.ok) return answer;
      const { generation, forgotten, ledger } = answer;
      if (!seen.includes(generation)) {
        const mark = {
          generation,
          workflowId: parent.workflowId,
          dryRun,
          startedAt: new Date().toISOString(),
        };
        await markGeneration(stateBucket, folder, mark);
      }
      if (forgotten === undefined) return answer;
      const earlier = seen.filter((other) => other < generation);
      return { ...answer, ...(await findForgotten(stateBucket, folder, earlier, ledger)) };
    },

    /**
     * Safe to retry: the same ledger is committed once for the same closed runs. Bounded by the wait for the answer. Refused
     * for a generation that a later run has closed.
     */
    async commitRun({ integration, request }: EntityRequest<CommitRequest>): Promise<void> {
      const id = `commit-${request.key}-${request.generation}-${request.ledger.file.sha256.slice(0, 16)}-${closesMark(request)}`;
      await update(integration, INTEGRATION_MESSAGES.commit, request, id);
    },

    /**
     * Safe to retry: ending twice changes nothing. Bounded by the wait for the answer and by the bucket's time-outs. Reads
     * fresh: whether the generation has begun to send after all. A run that was Reset does not know what it had sent before,
     * and has to stay open for the next one to recover.
     */
    async endRun({ integration, request }: EntityRequest<EndRequest>): Promise<void> {
      const { key, generation, outcome } = request;
      const folder = { path: stateBucket.path, integration, audienceKey: key };
      const sentNothing = request.sentNothing && !(await hasBegunToSend(stateBucket, folder, generation));
      const id = `end-${key}-${generation}-${outcome}-${sentNothing ? 'unsent' : 'sent'}`;
      await update(integration, INTEGRATION_MESSAGES.end, { ...request, sentNothing }, id);
    },

    /**
     * Starts the entity where there is none. Safe to retry: the set-up's token makes the second ask the first one's answer,
     * and a later set-up another Update. Bounded by the wait for the answer.
     */
    async configureIntegration({
      token = randomUUID(),
      ...request
    }: ConfigureCall): Promise<'created' | 'updated'> {
      const { name } = request.settings;
      const startWorkflowOperation = new WithStartWorkflowOperation<IntegrationWorkflow>(
        WORKFLOW_TYPES.integration,
        {
          workflowId: integrationWorkflowId(name),
          taskQueue: TASK_QUEUE,
          args: [{ name }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `Integration ${name}`,
        },
      );
      const updateId = `configure-${token}`;
      return within(() =>
        client.workflow.executeUpdateWithStart<
          IntegrationWorkflow,
          'created' | 'updated',
          [ConfigureRequest]
        >(INTEGRATION_MESSAGES.configure, { args: [request], updateId, startWorkflowOperation }),
      );
    },

    /**
     * Whether another integration works on this workspace: same host and a Braze segment in common; and whether this one has
     * worked on another, which its ledgers speak of. Safe to retry: it reads. Reads fresh: every integration that runs.
     */
    async checkWorkspaceIsFree({ settings, segmentIds }: ConfigureRequest): Promise<SetupStep> {
      const step = 'one integration per workspace';
      const own = await describe(settings.name);
      const moved = own ? movedFrom(own, settings.braze.endpoint, segmentIds) : undefined;
      if (moved !== undefined) {
        const action = 'Use another integration name for another workspace.';
        return {
          step,
          status: 'fail',
          message: moved,
          action,
          actor: 'settingsOwner',
          code: 'WORKSPACE_CHANGED',
        };
      }
      if (segmentIds.length === 0) {
        const message = 'the workspace shows no Braze segment, so it could not be checked';
        return {
          step,
          status: 'skipped',
          message,
          action: 'Make sure that no other integration uses this workspace.',
          actor: 'settingsOwner',
        };
      }
      for await (const name of integrationNames(client)) {
        if (name === settings.name) continue;
        const other = await describe(name);
        if (!other || !sameWorkspace(other, settings.braze.endpoint, segmentIds)) continue;
        const message = `integration "${name}" already works on this workspace`;
        const action = `Use "${name}", or end it first.`;
        return { step, status: 'fail', message, action, actor: 'settingsOwner', code: 'WORKSPACE_TAKEN' };
      }
      return { step, status: 'pass', message: 'no other integration shares a Braze segment with this one' };
    },

    /** Who holds an audience, for a run that may not start. Safe to retry: it reads. Bounded by the wait for its answer. */
    async describeHolder(request: { integration: string; audienceKey: string }): Promise<RunError> {
      const id = audienceWorkflowId(request.integration, request.audienceKey);
      try {
        const handle = client.workflow.getHandle(id);
        const { parentExecution } = await within(() => handle.describe());
        const { phase } = await within(() => handle.query<RunProgress>(CHILD_MESSAGES.status));
        const holder = parentExecution?.workflowId ?? id;
        return {
          code: 'AUDIENCE_BUSY',
          message: `run ${holder} holds this audience (phase: ${phase ?? 'held'})`,
          actor: 'wait',
        };
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        return {
          code: 'AUDIENCE_BUSY',
          message: 'another run held this audience and has just ended',
          actor: 'wait',
        };
      }
    },
  };
}

/** Names of all integrations; eventually consistent, as Temporal's visibility is. */
export async function* integrationNames(client: Client): AsyncGenerator<string> {
  const query = `WorkflowType = '${WORKFLOW_TYPES.integration}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    yield workflowId.slice(integrationWorkflowId('').length);
  }
}

/** Whether a generation may still write; the send queue's fresh look at the entity. */
export function createHolds({ client }: { client: Client }) {
  return ({
    integration,
    audienceKey: key,
    generation,
  }: {
    integration: string;
    audienceKey: string;
    generation: number;
  }) =>
    client.workflow
      .getHandle(integrationWorkflowId(integration))
      .query<boolean, [{ key: string; generation: number }]>(INTEGRATION_MESSAGES.holds, { key, generation });
}

/** Which runs a commit closes, short: a recovery and the run itself may commit the same bytes, and are two commits. */
function closesMark({ closes }: CommitRequest): string {
  const list = [...closes].sort((a, b) => a - b).join('.');
  return createHash('sha256').update(list).digest('hex').slice(0, 16);
}

/**
 * Why these settings lead to another workspace than the one that the ledgers speak of, if they do. Without a held value
 * there is nothing to mix up; and where either side shows no Braze segment, only the host can tell.
 */
function movedFrom(own: IntegrationState, endpoint: string, segmentIds: string[]): string | undefined {
  const holder = Object.values(own.audiences).find(holdsSlot);
  if (!holder) return undefined;
  const [before, after] = [hostOf(own.settings.braze.endpoint), hostOf(endpoint)];
  const held = `"${holder.audience}" may still be held there`;
  if (before !== after) return `the integration works on ${before}, not on ${after}; ${held}`;
  if (own.segmentIds.length === 0 || segmentIds.length === 0) return undefined;
  if (segmentIds.some((id) => own.segmentIds.includes(id))) return undefined;
  return `the integration works on a workspace of which this one shows no Braze segment; ${held}`;
}

function hostOf(endpoint: string): string {
  return new URL(endpoint).host;
}

function sameWorkspace(other: IntegrationState, endpoint: string, segmentIds: string[]): boolean {
  if (hostOf(other.settings.braze.endpoint) !== hostOf(endpoint)) return false;
  return segmentIds.some((id) => other.segmentIds.includes(id));
}

function rethrow(error: unknown, integration: string): never {
  if (error instanceof WorkflowNotFoundError) {
    throwFault(
      { code: 'INTEGRATION_UNKNOWN', message: `integration: there is none named "${integration}"` },
      error,
    );
  }
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const type = error.cause.type ?? '';
    throwFault({ code: isErrorCode(type) ? type : 'INVARIANT_BROKEN', message: error.cause.message }, error);
  }
  throw error;
}
