/** A reference to a secret, never the secret: `env:NAME` or `file:/path`, both only if the operator declared them. */
export type SecretReference = `env:${string}` | `file:${string}`;

/** An S3 bucket and how to reach it. Without keys the S3 client's own credential chain is used (roles, profiles). */
export interface BucketSettings {
  bucket: string;
  region: string;
  /** Prefix under which everything lies; blank for none. For the exchange bucket it must equal the path given to Braze. */
  path: string;
  /** Only for S3-compatible servers; has to be among the endpoints that the operator allows. */
  endpoint?: string | undefined;
  accessKeyId?: SecretReference | undefined;
  secretAccessKey?: SecretReference | undefined;
}

/** How Brazier talks to one Braze workspace. */
export interface BrazeSettings {
  /** REST endpoint, e.g. `https://rest.iad-01.braze.com`. */
  endpoint: string;
  restKey: SecretReference;
  /** Objects per `/users/track` request: 75 in total on current contracts. */
  objectsPerRequest: number;
  /** `/users/track` requests per second that this integration may use. */
  requestsPerSecond: number;
  /** `/users/export/ids` requests per second that verification may use. */
  exportIdsPerSecond: number;
  /** HTTP connections kept open to Braze by one worker process. */
  connections: number;
  /** After this many seconds without an answer a request's outcome is unknown. */
  requestTimeoutSeconds: number;
  /** How long Braze may take to apply a write; Braze advises up to 5 minutes between dependent calls. */
  applyLagSeconds: number;
}

/** Which optional features an integration uses, hence which key scopes it needs. */
export interface IntegrationFeatures {
  /** Prove runs by reading profiles back: needs `users.export.ids`. */
  readBack: boolean;
  /** Import Braze segments through the exchange bucket: needs `users.export.segment`. */
  import: boolean;
}

/** A named connection to one Braze workspace plus its exchange bucket and defaults. */
export interface IntegrationSettings {
  name: string;
  braze: BrazeSettings;
  exchange: BucketSettings;
  /** API identifier of the Braze segment that imports export; blank until imports are used. */
  exportSegmentId?: string | undefined;
  /** Custom attributes that audiences may be written to; `lexer_audience` is always among them. */
  attributes: string[];
  features: IntegrationFeatures;
}

/** Input of the `setupIntegration` workflow: the settings as a person writes them, defaults left out. */
export interface SetupIntegrationInput {
  name: string;
  braze: Pick<BrazeSettings, 'endpoint' | 'restKey'> & Partial<BrazeSettings>;
  exchange: Pick<BucketSettings, 'bucket' | 'region'> & Partial<BucketSettings>;
  exportSegmentId?: string;
  attributes?: string[];
  features?: Partial<IntegrationFeatures>;
}

/** What one step of the set-up found. `skipped` says in its sentence what that costs. */
export interface SetupStep {
  step: string;
  status: 'pass' | 'fail' | 'skipped';
  /** One sentence: what was seen. */
  message: string;
  /** What to do about it, where something is to be done. */
  action?: string | undefined;
  /** Who has to act. */
  actor?: Actor | undefined;
  /** Code of the error catalog, for a failed step. */
  code?: string | undefined;
}

/** Who has to act on a failure. */
export type Actor = 'credentialOwner' | 'settingsOwner' | 'dataOwner' | 'person' | 'wait' | 'us';

/** Result of `setupIntegration`: every step, and whether the integration now exists. */
export interface SetupIntegrationResult {
  integration: string;
  ok: boolean;
  /** `created`, `updated`, or `unchanged` when a step failed. */
  change: 'created' | 'updated' | 'unchanged';
  steps: SetupStep[];
}
