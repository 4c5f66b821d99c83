import { type NoCallReason } from './stream';
import { type EngagementState, type JsonObject } from '../domain/stream/vocabulary';

/** One call of an engagement for one person, as it would be sent. */
export interface CallPreview {
  role: 'entry' | 'exit';
  externalApi: string;
  /** Absent if it has not been saved. */
  version?: number | undefined;
  /** Of its parameters, as mapped and formatted; absent if one of them cannot be written as it shall be. */
  values?: JsonObject | undefined;
  /** Secrets hidden; absent if the call would be refused. */
  request?: { method: 'POST'; path: string; body: JsonObject } | undefined;
  /** Why the call would be refused. */
  refusal?: { code: string; message: string } | undefined;
}

/** What an engagement would make of one person. Nothing of it is sent or kept. */
export interface EngagementPreview {
  integration: string;
  engagement: string;
  state: EngagementState;
  profileId: string;
  /** ISO 8601. */
  at: string;
  /** The event that it is worked out with. */
  event?: { name?: string | undefined; at: string } | undefined;
  segment: {
    name: string;
    /** Absent if it has not been saved. */
    version?: number | undefined;
    fits: boolean;
    /** ISO 8601 of when time alone turns that round. */
    turnsAt?: string | undefined;
  };
  membership: { inside: boolean; since?: string | undefined; entries: number; sent: number };
  outcome: { calls: ('entry' | 'exit')[]; noCall?: NoCallReason | undefined; sentence: string };
  calls: CallPreview[];
}
