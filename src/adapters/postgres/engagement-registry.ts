import { type EngagementStatus } from '../../contract/engagement';
import {
  type ChangeEngagementCall,
  type EngagementKey,
  type SavedEngagement,
  type SaveEngagementCall,
  type SegmentPeople,
  type ShardsPassed,
} from '../../contract/engagement-calls';
import { success, type Outcome } from '../../contract/errors';
import { type Database } from './database';
import { changeEngagement, needsGate } from './engagement-change';
import { readCounts } from './engagement-counts';
import { saveDraft, tryDraft } from './engagement-draft';
import { type KeyFingerprint } from './engagement-gate';
import { listEngagements, readChanges, readEngagement, statusOf } from './engagement-rows';
import { countPeople } from './segment-people';
import { readSegment } from './segments';
import { shardsPassed } from './shards-passed';

/** What the registry of engagements works with. */
export interface EngagementRegistryOptions {
  database: Database;
  /** The key that an integration has now; asked before each transaction that goes by it. */
  keyFingerprint: (integration: string) => Promise<Outcome<KeyFingerprint>>;
  /** Shards of a stream that an engagement is the first to need. */
  shards: number;
  now: () => number;
}

/** Engagements in Brazier's own database; each change of one is one transaction. */
export function createEngagementRegistry(options: EngagementRegistryOptions) {
  const { database, keyFingerprint, shards, now } = options;
  return {
    /** Saves External APIs, segment and draft: the same again changes nothing. */
    async save({ engagement }: SaveEngagementCall): Promise<Outcome<SavedEngagement>> {
      const key = await keyFingerprint(engagement.integration);
      if (!key.ok) return key;
      return database.transaction((queries) => saveDraft(queries, engagement, key.value));
    },

    /** What saving it would come to; refused as it would be. Nothing is saved. */
    async try({ engagement }: SaveEngagementCall): Promise<Outcome<SavedEngagement>> {
      const key = await keyFingerprint(engagement.integration);
      if (!key.ok) return key;
      return database.transaction((queries) => tryDraft(queries, engagement, key.value));
    },

    /** Makes one change, or refuses it with the reason. */
    async change(call: ChangeEngagementCall): Promise<Outcome<EngagementStatus>> {
      const key = needsGate(call) ? await keyFingerprint(call.integration) : success(undefined);
      if (!key.ok) return key;
      return database.transaction((queries) =>
        changeEngagement(queries, call, { keyFingerprint: key.value, shards }),
      );
    },

    /** Where one stands, with its counts; absent if there is none. */
    read(key: EngagementKey): Promise<Outcome<EngagementStatus | undefined>> {
      return database.run(async (queries) => {
        const kept = await readEngagement(queries, key);
        if (kept === undefined) return undefined;
        const status = statusOf(kept, await readChanges(queries, key));
        const counts = await readCounts(queries, key);
        return { ...status, counts, countedAt: new Date(now()).toISOString() };
      });
    },

    /** All of an integration, without counts and changes. */
    list(integration: string): Promise<Outcome<EngagementStatus[]>> {
      return database.run(async (queries) =>
        (await listEngagements(queries, integration)).map((kept) => statusOf(kept, [])),
      );
    },

    shardsPassed(change: EngagementKey & { revision: number }): Promise<Outcome<ShardsPassed>> {
      return database.run((queries) => shardsPassed(queries, change));
    },

    /** Looks at every person of the integration. */
    async countSegment(segment: {
      integration: string;
      name: string;
      version: number;
    }): Promise<Outcome<SegmentPeople>> {
      const { integration, name, version } = segment;
      const found = await database.run((queries) => readSegment(queries, integration, name, version));
      return found.ok ? countPeople(database, integration, found.value.condition, now()) : found;
    },
  };
}
