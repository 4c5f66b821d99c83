/** One fixed window: so many requests in every stretch of `windowMs`, counted from the clock, not from the first request. */
export interface LimitWindow {
  requests: number;
  windowMs: number;
}

/**
 * How many objects one `/users/track` request may hold: over all arrays together, or (legacy contracts) in each array.
 * https://www.braze.com/docs/api/api_limits, read 2026-09-02.
 */
export interface ObjectLimit {
  mode: 'total' | 'perArray';
  max: number;
}

/**
 * The limits of the workspace. Defaults: https://www.braze.com/docs/api/api_limits, read 2026-09-02; the tiers of
 * `/users/export/ids` are those of workspaces onboarded since 2024-08-22.
 */
export interface SandboxLimits {
  objectsPerRequest: ObjectLimit;
  maxBodyBytes: number;
  track: { burst: LimitWindow; hourlyRequests?: number };
  trackSync: LimitWindow;
  /** Canvases and campaigns together. */
  triggers: LimitWindow;
  /** `filtered` holds when `fields_to_export` is given and asks for no campaigns and no Canvases. */
  exportIds: { standard: LimitWindow; filtered: LimitWindow };
  segments: LimitWindow;
  customAttributes: LimitWindow;
}

/** An API key: what it may do, and from where (exact addresses; none listed means from anywhere). */
export interface SandboxKey {
  key: string;
  scopes: readonly string[] | 'all';
  ipAllowlist?: readonly string[];
}

/** A custom attribute as the dashboard knows it. `forced` means its type was set by hand, so values are coerced or ignored. */
export interface AttributePreset {
  name: string;
  dataType?: AttributeDataType;
  arrayLength?: number;
  status?: 'Active' | 'Blocklisted';
  description?: string;
  tagNames?: readonly string[];
  forced?: boolean;
}

/** The types that a custom attribute can have. */
export type AttributeDataType =
  'string' | 'number' | 'boolean' | 'date' | 'array' | 'object' | 'object_array';

/** A Braze segment. Members are the profiles whose `attribute` equals, or as an array contains, `value`; without it nobody. */
export interface SegmentPreset {
  id: string;
  name: string;
  description?: string;
  tags?: readonly string[];
  createdAt?: string;
  analyticsTrackingEnabled?: boolean;
  archived?: boolean;
  predicate?: { attribute: string; value: string | number | boolean };
}

/** External ids with this prefix are refused, as Braze refuses ids that look like dummies. */
export interface RefuseRule {
  externalIdPrefix: string;
  /** The `type` of the refusal; Braze's sentence about blacklisted ids unless told otherwise. */
  type?: string;
}

/** What can be changed while the sandbox runs. */
export interface SandboxSettings {
  limits: SandboxLimits;
  /** `epoch`: data-point contracts, Reset is a UTC second. `mau`: MAU contracts, Reset counts down, and a 429 only says Retry-After. */
  rateHeaders: 'epoch' | 'mau';
  /** How long an accepted request waits before its writes can be seen. */
  applyLagMs: number;
  /** Up to this much more per request, drawn at random: requests then overtake each other. */
  applyJitterMs: number;
  errorWording: 'sentence' | 'enum';
  errorsWithoutIndex: boolean;
  fieldsToExportRequired: boolean;
  /** Which end of an array survives when a set is longer than the attribute allows: not documented, so both can be tried. */
  overflowOnSet: 'keepLast' | 'keepFirst';
  /** The `array_length` of an attribute made by its first write: 500 by default, once 25. */
  defaultArrayLength: number;
  refuse: readonly RefuseRule[];
  /** `/users/track/sync` is a beta that not every workspace has: `absent` answers 404, `forbidden` 403. */
  trackSync: 'on' | 'absent' | 'forbidden';
  /** The ids that `/canvas/trigger/send` knows. */
  canvases: readonly string[];
  /** The ids that `/campaigns/trigger/send` knows. */
  campaigns: readonly string[];
  /** Keep the order in which each user was written to; a few hundred bytes per write. */
  recordOrder: boolean;
  /** Watch for two requests that touch one (user, attribute, value) at a time; costs about 40 % of the throughput. */
  trackOverlaps: boolean;
}

/** What `startSandbox` takes. */
export interface SandboxOptions extends Partial<Omit<SandboxSettings, 'limits'>> {
  host?: string;
  port?: number;
  keys: readonly SandboxKey[];
  /** Where the state is kept between runs; none means in memory only. */
  statePath?: string;
  snapshotEveryMs?: number;
  limits?: Partial<SandboxLimits>;
  attributes?: readonly AttributePreset[];
  segments?: readonly SegmentPreset[];
  /** Asked of every `/_sandbox/` request, in the header `x-sandbox-token`; none means the control API is open. */
  controlToken?: string;
  /** How many requests `/_sandbox/requests` remembers. */
  rememberRequests?: number;
  /** Seed of everything random: braze_ids, random buckets, jitter. */
  seed?: number;
  clock?: () => number;
}

const HOUR_MS = 3_600_000;

const DEFAULT_LIMITS: SandboxLimits = {
  objectsPerRequest: { mode: 'total', max: 75 },
  maxBodyBytes: 4 * 1024 * 1024,
  track: { burst: { requests: 3000, windowMs: 3000 } },
  trackSync: { requests: 500, windowMs: 60_000 },
  triggers: { requests: 250_000, windowMs: HOUR_MS },
  exportIds: { standard: { requests: 250, windowMs: 60_000 }, filtered: { requests: 40, windowMs: 1000 } },
  segments: { requests: 250_000, windowMs: HOUR_MS },
  customAttributes: { requests: 1000, windowMs: HOUR_MS },
};

/** The settings that a sandbox starts with: what the options say, Braze's documented defaults for the rest. */
export function settingsFrom(options: SandboxOptions): SandboxSettings {
  return {
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    rateHeaders: options.rateHeaders ?? 'epoch',
    applyLagMs: options.applyLagMs ?? 50,
    applyJitterMs: options.applyJitterMs ?? 0,
    errorWording: options.errorWording ?? 'sentence',
    errorsWithoutIndex: options.errorsWithoutIndex ?? false,
    fieldsToExportRequired: options.fieldsToExportRequired ?? false,
    overflowOnSet: options.overflowOnSet ?? 'keepLast',
    defaultArrayLength: options.defaultArrayLength ?? 500,
    refuse: options.refuse ?? [],
    trackSync: options.trackSync ?? 'on',
    canvases: options.canvases ?? [],
    campaigns: options.campaigns ?? [],
    recordOrder: options.recordOrder ?? false,
    trackOverlaps: options.trackOverlaps ?? false,
  };
}
