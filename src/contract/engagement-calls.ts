import {
  type ActivateRequest,
  type ChangeRequest,
  type CheckedEngagement,
  type EngagementChange,
  type UpgradeRequest,
} from './engagement';

/** Which engagement. */
export interface EngagementKey {
  integration: string;
  name: string;
}

/** Whether one version may be used: by the latest verdict for this integration and the REST key that it has now. */
export interface SavedAction {
  role: 'entry' | 'exit';
  externalApi: string;
  version: number;
  verdict: 'passed' | 'failed' | 'none';
  proof?: 'readBack' | 'answerOnly' | undefined;
  /** Why the test failed. */
  reason?: string | undefined;
}

/** A saved draft. */
export interface SavedEngagement extends EngagementKey {
  revision: number;
  segment: { name: string; version: number };
  actions: SavedAction[];
}

/** A draft to be saved. */
export interface SaveEngagementCall {
  engagement: CheckedEngagement;
}

/** One change of an engagement, checked and made in one transaction. */
export interface ChangeEngagementCall extends EngagementKey {
  change: EngagementChange;
  request: ActivateRequest | ChangeRequest | UpgradeRequest;
  /** Marks this very change: made once, however often it is asked for. */
  token: string;
}

/** How far a change of an engagement has come. */
export interface ShardsPassed {
  shards: number;
  passed: number;
}

/** How many people there are, and how many of them are in the segment. */
export interface SegmentPeople {
  people: number;
  inside: number;
}

/** An activation of a draft through its entity. */
export interface ActivateEntityCall extends EngagementKey {
  by: string;
  /** Of the draft. */
  revision: number;
  /** Id of the Update. */
  token: string;
}
