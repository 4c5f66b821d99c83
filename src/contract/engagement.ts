import { type EngagementChange } from '../domain/stream/log-entry';
import { type ParameterSource } from '../domain/stream/parameter-values';
import { type EngagementState, type JsonObject, type SegmentCondition } from '../domain/stream/vocabulary';
import { type ExternalApiDefinition } from './external-api';
import { type EngagementCounts, type StreamNow } from './stream';

export type { ParameterSource } from '../domain/stream/parameter-values';
export type { EngagementChange } from '../domain/stream/log-entry';
export type { EngagementState, SegmentCondition } from '../domain/stream/vocabulary';

/** A call on entry or exit. */
export interface EngagementAction {
  /** A saved External API by name, or one to be saved first. */
  externalApi: string | ExternalApiDefinition;
  /** The latest at activation if absent; an active engagement stays on it. */
  version?: number | undefined;
  parameters: Record<string, ParameterSource>;
  /** Values of a test person, for a version that has no verdict on this integration yet. */
  testValues?: JsonObject | undefined;
  acceptAnswerOnly?: { by: string } | undefined;
}

/** A segment as a person defines it; saving another condition makes a new version. */
export interface SegmentDefinition {
  integration: string;
  name: string;
  description?: string | undefined;
  condition: SegmentCondition;
}

/** Input of `activateEngagement`. */
export interface ActivateEngagementInput {
  integration: string;
  /** Name of the engagement; part of workflow ids. */
  name: string;
  description?: string | undefined;
  /** What it is for, in words. */
  goal?: string | undefined;
  /** A saved segment by name, or its name and condition. */
  segment: string | { name: string; condition: SegmentCondition };
  action: EngagementAction;
  exitAction?: EngagementAction | undefined;
  /** How often one unified person is sent; default `once`. */
  frequency?: 'once' | 'everyTime' | undefined;
  /** Also sends the people who are in the segment already; default false. */
  includeCurrent?: boolean | undefined;
  /** What happens to calls of unknown outcome; default `hold`, and `resend` where attributes are only set. */
  onUnknown?: 'hold' | 'resend' | undefined;
  /** What happens on resume to entries recorded during a pause; default `skip`. */
  onResume?: 'skip' | 'send' | undefined;
  activatedBy: string;
}

/** One action of a saved engagement, with its version fixed. */
export interface ActionPin {
  externalApi: string;
  version: number;
  parameters: Record<string, ParameterSource>;
}

/** An engagement as it is kept: what a shard works by. */
export interface Engagement {
  integration: string;
  name: string;
  description?: string | undefined;
  goal?: string | undefined;
  state: EngagementState;
  segment: { name: string; version: number; condition: SegmentCondition };
  action: ActionPin;
  exitAction?: ActionPin | undefined;
  frequency: 'once' | 'everyTime';
  includeCurrent: boolean;
  onUnknown: 'hold' | 'resend';
  onResume: 'skip' | 'send';
}

/** What `activateEngagement` answers. */
export interface ActivateEngagementResult {
  integration: string;
  engagement: string;
  state: EngagementState;
  externalApi: { name: string; version: number };
  /** Its people as they were counted afterwards; absent where they could not be. */
  segment: { name: string; version: number; people?: number | undefined; inside?: number | undefined };
  /** How each External API of it was proven. */
  proofs: {
    externalApi: string;
    version: number;
    proof: 'readBack' | 'answerOnly';
    tested: 'now' | 'before';
  }[];
  summary: string;
}

/** An activation as it was checked, with every default filled in that needs nothing but the input. */
export interface CheckedEngagement extends ActivateEngagementInput {
  frequency: 'once' | 'everyTime';
  includeCurrent: boolean;
  onResume: 'skip' | 'send';
}

/** Updates `pause`, `resume` and `stop` of an engagement: who asks. */
export interface ChangeRequest {
  by: string;
}

/** Update `activate` of an engagement. */
export interface ActivateRequest {
  by: string;
  /** Activates this draft only: refused if another one was saved meanwhile. */
  revision?: number | undefined;
}

/** Update `upgrade`: moves an engagement to another tested version of its External API, or of its segment. */
export interface UpgradeRequest {
  by: string;
  version?: number | undefined;
  exitVersion?: number | undefined;
  segmentVersion?: number | undefined;
}

/** A change that was made to an engagement. */
export interface EngagementChangeRecord {
  change: EngagementChange;
  by: string;
  /** ISO 8601. */
  at: string;
  revision: number;
}

/** Where an engagement is: answer of its Updates and of its query `status`. */
export interface EngagementStatus {
  integration: string;
  name: string;
  state: EngagementState;
  /** Raised by every change. */
  revision: number;
  goal?: string | undefined;
  segment: { name: string; version: number };
  action: { externalApi: string; version: number };
  exitAction?: { externalApi: string; version: number } | undefined;
  frequency: 'once' | 'everyTime';
  onUnknown: 'hold' | 'resend';
  onResume: 'skip' | 'send';
  /** ISO 8601; absent while it has never been active. */
  activatedAt?: string | undefined;
  /** The latest ones, newest last. */
  changes: EngagementChangeRecord[];
  /** Absent while nothing could be counted. */
  counts?: EngagementCounts | undefined;
  /** ISO 8601; of the counts. */
  countedAt?: string | undefined;
  /** Absent where the shards have told nothing. */
  stream?: StreamNow | undefined;
}

/** Where one stage of an activation is. */
export interface ActivationStage {
  stage: 'check' | 'save' | 'test' | 'activate' | 'everywhere';
  state: 'waiting' | 'underWay' | 'done' | 'skipped' | 'failed';
  /** What was found, in words. */
  sentence?: string | undefined;
}

/** Names of the messages that an engagement handles. */
export const ENGAGEMENT_MESSAGES = {
  activate: 'activate',
  pause: 'pause',
  resume: 'resume',
  stop: 'stop',
  upgrade: 'upgrade',
  status: 'status',
  refresh: 'refresh',
} as const;

/** Query of `activateEngagement`: its stages so far. */
export const ACTIVATION_MESSAGES = { status: 'status' } as const;
