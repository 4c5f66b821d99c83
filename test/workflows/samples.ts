import { type ActivateAudienceInput } from '../../src/contract/activation';
import { type EngagementStatus } from '../../src/contract/engagement';
import { type IntegrationSettings } from '../../src/contract/integration';
import { TERMS_VERSION } from '../../src/contract/names';
import {
  type LedgerReference,
  type ObjectReference,
  type OutcomeCounts,
  type PlanCounts,
  type PlanReference,
  type SliceReceipt,
  type SnapshotReference,
  type SourceSeen,
} from '../../src/contract/objects';

/** An object that nobody will read. */
export function objectAt(key: string): ObjectReference {
  return { key, bytes: 1, sha256: '0'.repeat(64) };
}

/** What a person would type, with what the test is about. */
export function activationInput(change: Partial<ActivateAudienceInput> = {}): ActivateAudienceInput {
  return {
    integration: 'shop',
    audience: 'Leads',
    source: { key: 'leads.csv', idColumn: 'id' },
    terms: { acceptedBy: 'Ada', version: TERMS_VERSION },
    confirmation: { kind: 'none' },
    ...change,
  };
}

/** Settings of the integration that the sample inputs name. */
export const SETTINGS: IntegrationSettings = {
  name: 'shop',
  braze: {
    endpoint: 'https://rest.iad-01.braze.com',
    restKey: 'env:BRAZE_KEY',
    objectsPerRequest: 75,
    requestsPerSecond: 40,
    exportIdsPerSecond: 4,
    connections: 8,
    requestTimeoutSeconds: 30,
    applyLagSeconds: 300,
  },
  exchange: { bucket: 'exchange', region: 'us-east-1', path: '' },
  attributes: ['lexer_audience'],
  features: { readBack: true, import: false },
};

/** Those of a workspace that applies writes at once: at normal speed nobody waits out the lag. */
export const IMMEDIATE: IntegrationSettings = {
  ...SETTINGS,
  braze: { ...SETTINGS.braze, applyLagSeconds: 0 },
};

const NO_COUNTS: PlanCounts = {
  ledger: 0,
  source: 0,
  add: 0,
  remove: 0,
  stay: 0,
  notOurs: 0,
  leaversKept: 0,
  unsureRetried: 0,
};

/** A plan that moves so many. */
export function planOf(
  counts: Partial<PlanCounts>,
  sliceCount: PlanReference['sliceCount'],
  hash = 'a'.repeat(64),
): PlanReference {
  return {
    hash,
    counts: { ...NO_COUNTS, ...counts },
    membersPerSlice: 50,
    slices: objectAt('plan/slices.json'),
    sliceCount,
  };
}

/** A hundred enter, twenty leave, in three slices; the ledger holds two hundred. */
export const PLAN = planOf(
  { ledger: 200, source: 280, add: 100, remove: 20, stay: 180 },
  { add: 2, remove: 1 },
);

/** Half of the ledger and more would leave. */
export const GUARDED_PLAN = planOf(
  { ledger: 200, source: 50, remove: 150, stay: 50 },
  { add: 0, remove: 3 },
  'b'.repeat(64),
);

/** The source as it lies there, until a test puts another. */
export const SOURCE_SEEN: SourceSeen = { location: 's3://exchange/leads.csv', digest: 'd'.repeat(64) };

export const SNAPSHOT: SnapshotReference = {
  source: SOURCE_SEEN,
  file: objectAt('snapshot.parquet'),
  counts: { objects: 1, bytes: 100, rows: 290, members: 280, blank: 4, duplicate: 6, unusable: {} },
};

/** The ledger that a generation has committed. */
export function ledgerOf(generation: number, members = 280, unsure = 0): LedgerReference {
  return {
    generation,
    file: objectAt(`ledger/g${generation}.parquet`),
    manifest: objectAt(`ledger/g${generation}.json`),
    members,
    unsure,
  };
}

/** Outcome counts, zero but for those named. */
export function outcomes(counts: Partial<OutcomeCounts>): OutcomeCounts {
  return { accepted: 0, rejected: 0, unknown: 0, unsent: 0, ...counts };
}

/** A slice's receipt; without counts everybody was accepted. */
export function receiptOf(
  { operation, index }: Pick<SliceReceipt, 'operation' | 'index'>,
  counts: Partial<OutcomeCounts> = { accepted: 50 },
  stopped?: SliceReceipt['stopped'],
): SliceReceipt {
  const receipt = objectAt(`receipts/${operation}-${index}.json`);
  return {
    operation,
    index,
    attempt: 1,
    counts: outcomes(counts),
    receipt,
    requests: 1,
    retries: 0,
    throttled: 0,
    stopped,
  };
}

/** An engagement that was saved and never active. */
export const ENGAGEMENT: EngagementStatus = {
  integration: 'shop',
  name: 'third-purchase',
  state: 'draft',
  revision: 1,
  segment: { name: 'bought-three-times', version: 1 },
  action: { externalApi: 'loyalty-tier', version: 2 },
  frequency: 'once',
  onUnknown: 'resend',
  onResume: 'skip',
  changes: [],
};
