/** A value as JSON has it. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

/** A JSON object. */
export type JsonObject = Record<string, JsonValue>;

/** What a test can compare with. */
export type Scalar = string | number | boolean;

/** How an event or a profile row says whom it is about; at least one of them. */
export interface Identifiers {
  externalId?: string | undefined;
  anonymousId?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
}

/** The kinds of identifiers, the strongest first. */
export const IDENTIFIER_RANKS = ['externalId', 'email', 'phone', 'anonymousId'] as const;

/** One kind of identifier of a captured event. */
export type IdentityKind = (typeof IDENTIFIER_RANKS)[number];

/** One identifier. */
export interface Identity {
  kind: IdentityKind;
  value: string;
}

/** How often and when a person did something. */
export interface EventHistory {
  /** All of them, ever. */
  count: number;
  /** Unix milliseconds of the first and of the last one. */
  firstAt: number;
  lastAt: number;
  /** Unix milliseconds of the latest ones, ascending, at most `MOST_RECENT_EVENTS`. */
  recent: number[];
  /** Properties of the last one. */
  last?: JsonObject | undefined;
}

/** So many moments of each event are kept for each person: counts within a window are exact up to it. */
export const MOST_RECENT_EVENTS = 100;

/** What a call tells of the event that made the person enter. */
export type EntryEvent = Pick<CapturedEvent, 'name' | 'at' | 'properties'>;

/** An entry whose call could not be made. */
export interface OwedEntry {
  /** Of so many kinds the person's identifiers were when it was tried last. */
  kinds: number;
  /** What made the person enter, where the call tells of it. */
  event?: EntryEvent | undefined;
}

/** Where one person stands with one engagement. */
export interface Membership {
  inside: boolean;
  /** Unix milliseconds since when. */
  since: number;
  /** How often the person has entered, whether or not anything was sent. */
  entries: number;
  /** Entries that caused a call; one that could not be made is none. */
  sent: number;
  /** Inside, and the call of the entry could not be made: it is when the person can be named in another way. */
  owed?: OwedEntry | undefined;
  /** An entry (inside) or an exit (outside) recorded while the engagement was paused, of which nobody was told. */
  isWaiting?: boolean | undefined;
  /** Was inside when the pause began and has left in it: whoever comes back and leaves again is still told of the exit. */
  hasLeftInPause?: boolean | undefined;
  /** Unix milliseconds at which the condition may change by time alone. */
  dueAt?: number | undefined;
}

/** What is known of one unified person. */
export interface ProfileState {
  /** Decimal text of a 64-bit number. */
  profileId: string;
  identifiers: {
    externalId?: string | undefined;
    emails: string[];
    phones: string[];
    anonymousIds: string[];
  };
  /** Unix milliseconds. */
  firstSeenAt: number;
  traits: JsonObject;
  /** By the event's name. */
  events: Record<string, EventHistory>;
  /** By the engagement's name; somebody who is not in here is outside and has never been inside. */
  memberships: Record<string, Membership>;
  /** Unix milliseconds up to which the memberships are worked out: they never go back in time. */
  evaluatedAt?: number | undefined;
  /** Ids of the profiles that were merged into this one, so that none is merged twice. */
  absorbed?: string[] | undefined;
}

/** One occurrence of something that a person did, or traits that became known. */
export interface CapturedEvent {
  /** What makes it one event, however often it is posted; unique within its source. */
  id: string;
  /** Absent if it brings traits only. */
  name?: string | undefined;
  /** Unix milliseconds; a time in the future was taken for that of its capture. */
  at: number;
  identifiers: Identifiers;
  properties: JsonObject;
  traits: JsonObject;
}

/** A window that ends now; at most one of its units is given. */
export interface Window {
  withinMinutes?: number | undefined;
  withinHours?: number | undefined;
  withinDays?: number | undefined;
}

/** A test of how often a person did something; exactly one bound, or `atLeast` and `atMost` together. */
export interface EventCondition extends Window {
  event: string;
  atLeast?: number | undefined;
  atMost?: number | undefined;
  exactly?: number | undefined;
}

/**
 * A test of one field: `externalId`, `email`, `phone`, `anonymousId`, `firstSeenAt`, `traits.<name>` (dots reach into objects) or
 * `events.<name>.last.<property>`, `events.<name>.count`, `events.<name>.firstAt`, `events.<name>.lastAt`. One test; a field that is not there fails every test but `exists: false`.
 */
export interface FieldCondition {
  field: string;
  exists?: boolean | undefined;
  equals?: Scalar | undefined;
  oneOf?: Scalar[] | undefined;
  /** A text that holds it, or a list that has it. */
  contains?: Scalar | undefined;
  startsWith?: string | undefined;
  moreThan?: number | undefined;
  atLeast?: number | undefined;
  lessThan?: number | undefined;
  atMost?: number | undefined;
  /** Of times (ISO 8601 or Unix milliseconds): within the last so many days, or before them. */
  withinDays?: number | undefined;
  olderThanDays?: number | undefined;
}

/** What makes somebody a member of a segment. */
export type SegmentCondition =
  | { all: SegmentCondition[] }
  | { any: SegmentCondition[] }
  | { not: SegmentCondition }
  | EventCondition
  | FieldCondition;

/** Whether a condition holds, and until when that can be said without another event. */
export interface Evaluation {
  holds: boolean;
  /** Unix milliseconds of the next moment at which time alone may change it; absent if never. */
  changesAt?: number | undefined;
}

/** Braze's endpoints that an External API may call. */
export type CallEndpoint = 'users.track' | 'canvas.trigger.send' | 'campaigns.trigger.send';

/**
 * What becomes of a call. Of one that is `refused` or `unknown` a person decides; `superseded`: a later call of the person has
 * made it pointless; `discarded`: somebody has decided that it is not sent.
 */
export type CallState =
  'planned' | 'started' | 'delivered' | 'refused' | 'unknown' | 'superseded' | 'discarded';

/** Why an event caused no call. Whatever is not among them is not counted. */
export const NO_CALL_REASONS = [
  ...(['noEngagement', 'notInSegment', 'alreadyInside', 'alreadySent', 'left'] as const),
  ...(['paused', 'skipped', 'setAside', 'merged'] as const),
] as const;
/** One of them. */
export type NoCallReason = (typeof NO_CALL_REASONS)[number];

/** Stages of a person's way through an engagement, in order. */
export const STAGES = ['captured', 'unified', 'entered', 'sent', 'accepted', 'seen'] as const;
/** One stage. */
export type Stage = (typeof STAGES)[number];

/** States of an engagement. */
export type EngagementState = 'draft' | 'active' | 'paused' | 'stopped';
