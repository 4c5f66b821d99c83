import { type Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type ActivateRequest, ENGAGEMENT_MESSAGES, type EngagementStatus } from '../contract/engagement';
import {
  type ActivateEntityCall,
  type ChangeEngagementCall,
  type EngagementKey,
  type SavedEngagement,
  type SaveEngagementCall,
  type SegmentPeople,
  type ShardsPassed,
} from '../contract/engagement-calls';
import { isErrorCode, type Outcome } from '../contract/errors';
import { type StreamNow } from '../contract/stream';
import { engagementStart } from '../contract/engagement-start';
import { WORKFLOW_TYPES } from '../contract/names';
import { alive } from './alive';
import { answerWithin } from './entity-answer';
import { throwFault, valueOf } from './failure';
import { readStreamNow } from './shard-progress';
import { createStreamStarter } from './stream-start';

/** Engagements as PostgreSQL keeps them; every change is checked and made in one transaction. */
export interface EngagementRegistry {
  /** Saves External APIs, segment and draft; what is there already stays. */
  save(call: SaveEngagementCall): Promise<Outcome<SavedEngagement>>;
  change(call: ChangeEngagementCall): Promise<Outcome<EngagementStatus>>;
  read(key: EngagementKey): Promise<Outcome<EngagementStatus | undefined>>;
  shardsPassed(key: EngagementKey & { revision: number }): Promise<Outcome<ShardsPassed>>;
  countSegment(segment: {
    integration: string;
    name: string;
    version: number;
  }): Promise<Outcome<SegmentPeople>>;
}

/** What the activities of engagements work with. */
export interface EngagementOptions {
  client: Client;
  registry: EngagementRegistry;
  /** How long an entity's answer is waited for; for tests. */
  answerMs?: number | undefined;
}

/** Shorter than the attempt's time-out, two minutes, with time left to read from the database what became of it. */
const ANSWER_MS = 60_000;

type EntityWorkflow = (input: EngagementKey) => Promise<EngagementStatus | null>;

/** Activities of `activateEngagement` and of the entities. What is decided is decided by PostgreSQL, in one transaction each. */
export function createEngagementActivities({ client, registry, answerMs = ANSWER_MS }: EngagementOptions) {
  return {
    /**
     * Saves what an activation brings, and starts the entity, which is the door to the draft. Safe to retry: saving the same
     * again makes no new version, and an entity that runs is used. Bounded by its time-out. Reads fresh: versions and verdicts.
     */
    async saveEngagement(call: SaveEngagementCall): Promise<SavedEngagement> {
      const saved = valueOf(await registry.save(call));
      const { integration, name } = saved;
      await client.workflow.start<EntityWorkflow>(
        WORKFLOW_TYPES.engagement,
        engagementStart({ integration, name }),
      );
      return saved;
    },

    /** Starts the stream, or has it look for new shards. Safe to retry: looking twice finds the same. Bounded by its time-out. */
    async ensureStream({ integration }: { integration: string }): Promise<void> {
      await createStreamStarter(client)(integration);
    },

    /**
     * Asks the entity to activate its draft. Safe to retry: the Update's id makes the second ask the first one's answer, and
     * a draft that this very activation has activated is recognised by its revision. Bounded by the wait for the entity's answer and by
     * the database's own time-outs. Reads fresh: the engagement, if refused or not answered.
     */
    async activateEntity({
      integration,
      name,
      by,
      revision,
      token,
    }: ActivateEntityCall): Promise<EngagementStatus> {
      const startWorkflowOperation = new WithStartWorkflowOperation<EntityWorkflow>(
        WORKFLOW_TYPES.engagement,
        engagementStart({ integration, name }),
      );
      try {
        return await answerWithin(client, answerMs, () =>
          client.workflow.executeUpdateWithStart<EntityWorkflow, EngagementStatus, [ActivateRequest]>(
            ENGAGEMENT_MESSAGES.activate,
            { args: [{ by, revision }], updateId: token, startWorkflowOperation },
          ),
        );
      } catch (error) {
        const found = valueOf(await registry.read({ integration, name }));
        if (found && isActivatedFrom(found, revision)) return found;
        return rethrow(error);
      }
    },

    /**
     * Safe to retry: the token makes the second ask the first one's answer. Bounded by the database's own time-outs. Reads
     * fresh: state, versions, verdicts for the key that the integration has now.
     */
    async changeEngagement(call: ChangeEngagementCall): Promise<EngagementStatus> {
      return valueOf(await registry.change(call));
    },

    /**
     * Safe to retry: it reads. Bounded by its time-out. Reads fresh: state, counts, and what its shards tell; null where there is no
     * such engagement.
     */
    async readEngagement(key: EngagementKey): Promise<EngagementStatus | null> {
      const found = valueOf(await registry.read(key));
      return found === undefined ? null : { ...found, stream: await streamNow(client, key) };
    },

    /** Safe to retry: it reads. Bounded by its time-out. Reads fresh: which shards have met a change of an engagement. */
    async shardsPassed(change: EngagementKey & { revision: number }): Promise<ShardsPassed> {
      return valueOf(await registry.shardsPassed(change));
    },

    /**
     * Safe to retry: it reads. Bounded by its time-out, a long one, since it looks at every person of the integration, page by
     * page; its heartbeat tells that it does. Reads fresh: the segment's version and the people.
     */
    async countSegment(segment: {
      integration: string;
      name: string;
      version: number;
    }): Promise<SegmentPeople> {
      return alive(async () => valueOf(await registry.countSegment(segment)));
    },
  };
}

/** A courtesy beside the counts: a listing that Temporal cannot give now keeps nobody from those. */
function streamNow(client: Client, { integration }: EngagementKey): Promise<StreamNow | undefined> {
  return readStreamNow(client, integration).catch(() => undefined);
}

/** A draft's activation raises its revision by one, so what began from that draft is told from any other. */
function isActivatedFrom({ state, changes }: EngagementStatus, draft: number): boolean {
  return (
    state === 'active' &&
    changes.some(({ change, revision }) => change === 'activate' && revision === draft + 1)
  );
}

/** The entity's refusal with its code; anything else is Temporal's and is tried again. */
function rethrow(error: unknown): never {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure && at.type && isErrorCode(at.type)) {
      throwFault({ code: at.type, message: at.message }, error);
    }
  }
  if (error instanceof WorkflowUpdateFailedError) {
    throwFault(
      { code: 'INVARIANT_BROKEN', message: 'the engagement’s entity refused without a reason' },
      error,
    );
  }
  throw error;
}
