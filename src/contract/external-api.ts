import { type ParameterDefinition } from '../domain/stream/parameters';
import { type CallEndpoint, type JsonObject, type JsonValue } from '../domain/stream/vocabulary';

export type { CallEndpoint, JsonObject, JsonValue } from '../domain/stream/vocabulary';
export type { SecretReference } from './integration';
export type { ApiTestStage } from '../domain/stream/describe-api-test';
export type { ParameterDefinition, ParameterType } from '../domain/stream/parameters';

/** An External API as a person defines it; saved, it is a version that never changes. */
export interface ExternalApiDefinition {
  /** Fixed once saved. */
  name: string;
  description?: string | undefined;
  /** What the call is for, e.g. `email`, `push`, `profile`. */
  channel: string;
  /** Which account, app or list of that channel; told, not interpreted. */
  channelIdentifier?: string | undefined;
  endpoint: CallEndpoint;
  /** The body of one call for one person, with `{{parameter}}` in its texts. */
  payload: JsonObject;
  parameters: Record<string, ParameterDefinition>;
}

/** One saved version. */
export interface ExternalApiVersion {
  /** From 1. */
  version: number;
  definition: ExternalApiDefinition;
  /** SHA-256 over the definition, in hex; saving the same again makes no new version. */
  digest: string;
  savedAt: string;
}

/** One External API in a list. */
export interface ExternalApiSummary {
  name: string;
  channel: string;
  description?: string | undefined;
  latestVersion: number;
  savedAt: string;
}

/** What a test of a version, on an integration and a REST key, has shown. */
export interface Verdict {
  externalApi: string;
  version: number;
  integration: string;
  /** First 16 hex digits of SHA-256 over the REST key. */
  keyFingerprint: string;
  passed: boolean;
  /** `answerOnly`: the endpoint cannot be read back, and somebody accepted that. */
  proof: 'readBack' | 'answerOnly';
  acceptedBy?: string | undefined;
  testedAt: string;
  reason?: string | undefined;
}

/** Input of `testExternalApi`. The values are a test person's, and are kept by Temporal as they are. */
export interface TestExternalApiInput {
  integration: string;
  /** A saved one by name, or one to be saved first. */
  externalApi: string | ExternalApiDefinition;
  /** The latest if absent. */
  version?: number | undefined;
  /** Values of the parameters. */
  values: JsonObject;
  /** Who accepts that an endpoint without read-back is judged by its answer alone. */
  acceptAnswerOnly?: { by: string } | undefined;
  /** Puts back what the profile held before; default true. */
  cleanUp?: boolean | undefined;
}

/** One value that was looked for in the profile. */
export interface SeenValue {
  /** e.g. `attributes.plan` or `events.Lead Form`. */
  name: string;
  expected: JsonValue;
  before: JsonValue;
  after: JsonValue;
  arrived: boolean;
}

/** What a test came to. */
export interface TestExternalApiResult {
  externalApi: string;
  version: number;
  integration: string;
  passed: boolean;
  verdict?: Verdict | undefined;
  /** Why it did not pass. */
  problem?: { code: string; message: string } | undefined;
  /** The request as it was sent, secrets hidden. */
  request: { method: 'POST'; path: string; body: JsonValue };
  /** Braze's own answer; absent if there was none. */
  answer?: { status: number; body: JsonValue } | undefined;
  /** How the person was looked for in Braze. */
  lookedUpBy?: JsonObject | undefined;
  profileFound: boolean;
  seen: SeenValue[];
  /** What of the request nobody can read back from Braze, hence was not compared. */
  notCompared: string[];
  waitedSeconds: number;
  cleanUp: { restored: string[]; cannotUndo: string[] };
  summary: string;
}

/** Query of `testExternalApi`: its stages so far. */
export const EXTERNAL_API_TEST_MESSAGES = { status: 'status' } as const;
