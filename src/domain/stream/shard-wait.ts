/** What keeps a shard from going on, one word for each. */
export const WAIT_REASONS = [
  ...([
    'takeover',
    'layout',
    'database',
    'temporal',
    'settings',
    'key',
    'throttled',
    'unavailable',
    'merge',
  ] as const),
  'other',
] as const;
/** One of them. */
export type WaitReason = (typeof WAIT_REASONS)[number];

/** Why a shard does not go on, and since when. */
export interface ShardWait {
  reason: WaitReason;
  /** Of the error catalog, where an error is the reason. */
  code?: string | undefined;
  /** One sentence; never a person's data. */
  message: string;
  /** ISO 8601. */
  since: string;
}

const BY_CODE: Readonly<Record<string, WaitReason>> = {
  BRAZE_RATE_LIMITED: 'throttled',
  BRAZE_UNAVAILABLE: 'unavailable',
  BRAZE_KEY_REJECTED: 'key',
  BRAZE_PERMISSION_MISSING: 'key',
  SECRET_UNREADABLE: 'key',
  SECRET_NOT_DECLARED: 'key',
  BRAZE_ENDPOINT_INVALID: 'settings',
  BRAZE_BATCH_TOO_LARGE: 'settings',
  HOST_NOT_ALLOWED: 'settings',
  INTEGRATION_UNKNOWN: 'settings',
  TEMPORAL_UNAVAILABLE: 'temporal',
  DATABASE_UNAVAILABLE: 'database',
  DATABASE_REFUSED: 'database',
  STREAM_LAYOUT_BUSY: 'layout',
};

/** The word for what an error keeps a shard from. */
export function waitReasonOf(code: string): WaitReason {
  return Object.hasOwn(BY_CODE, code) ? (BY_CODE[code] ?? 'other') : 'other';
}

/** What each means, and who has to act. */
export const WAIT_WORDS: Record<WaitReason, { what: string; who: string }> = {
  takeover: {
    what: 'the worker that had it before may still have a request under way',
    who: 'Nobody has to act: it takes the lease and the request time-out at most.',
  },
  layout: {
    what: 'the shards of the division before finish their work first',
    who: 'Nobody has to act, unless one of those waits itself.',
  },
  database: {
    what: 'the database cannot be used',
    who: 'Whoever runs the database has to act if it lasts.',
  },
  temporal: {
    what: 'Temporal does not tell the settings of the integration',
    who: 'Whoever runs Temporal and the workers has to act if it lasts.',
  },
  settings: {
    what: 'the settings of the integration cannot be used',
    who: 'The owner of the settings has to act: correct them by setupIntegration.',
  },
  key: {
    what: 'Braze does not take the REST key, or the key may not do this, or it cannot be read',
    who: 'The owner of the credentials has to act: mend the key or its permissions.',
  },
  throttled: {
    what: 'Braze has asked for a pause (429)',
    who: 'Nobody has to act. If it lasts, look who else spends the rate limit of the workspace.',
  },
  unavailable: {
    what: 'Braze does not answer, or answers with 5xx',
    who: 'Nobody has to act: it is tried again until Braze answers.',
  },
  merge: {
    what: 'two profiles are one person, and the other shard has not come to that place yet',
    who: 'Nobody has to act, unless the other shard waits itself.',
  },
  other: { what: 'something else', who: 'See the message; if it says nothing to you, report it.' },
};

/** One sentence for people: what is waited for, since when, who acts. */
export function describeWait({ reason, code, message, since }: ShardWait): string {
  const { what, who } = WAIT_WORDS[reason];
  const words = code === undefined ? message : `${code}: ${message}`;
  return `**waits since ${since}**: ${what} (${words}). ${who}`;
}
