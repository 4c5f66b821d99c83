import { type CallIdentifier } from '../domain/stream/call-identifier';
import { type CallProof } from '../domain/stream/call-proof';
import { type SecretHole } from '../domain/stream/render-call';
import { type CallEndpoint, type JsonObject, type JsonValue } from '../domain/stream/vocabulary';
import { type SeenValue, type TestExternalApiInput } from './external-api';
import { type IntegrationSettings } from './integration';

/** A test as it was asked for, checked and with its defaults. */
export type CheckedExternalApiTest = TestExternalApiInput & { cleanUp: boolean };

/** What `prepareExternalApiTest` takes. */
export interface PrepareTestCall {
  integration: string;
  settings: IntegrationSettings;
  test: CheckedExternalApiTest;
}

/** A test that is ready to be sent: of a test person, and kept by Temporal as it is. */
export interface PreparedTest {
  integration: string;
  settings: IntegrationSettings;
  externalApi: string;
  version: number;
  endpoint: CallEndpoint;
  /** Secrets are held open. */
  body: JsonObject;
  secrets: SecretHole[];
  isIdempotent: boolean;
  identifier: CallIdentifier;
  keyFingerprint: string;
  proof: CallProof;
  /** What the profile held of the values before; absent if there was none, or if nothing can be read back. */
  before?: JsonObject | undefined;
}

/** What `cleanUpExternalApiTest` takes. */
export interface CleanUpTest extends PreparedTest {
  /** Nobody has waited yet until Braze must have applied the call: what it writes may still come. */
  mayAppearYet: boolean;
}

/** What came of the one request. */
export interface SentTest {
  path: string;
  /** `partly`: some objects were refused; `unknown`: there was no answer, or none that says. */
  outcome: 'accepted' | 'partly' | 'refused' | 'unknown';
  reason?: string | undefined;
  answer?: { status: number; body: JsonValue } | undefined;
}

/** What the profile showed. */
export interface SeenTest {
  profileFound: boolean;
  seen: SeenValue[];
  waitedSeconds: number;
}
