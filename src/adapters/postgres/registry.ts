import { type Outcome } from '../../contract/errors';
import { type SegmentDefinition } from '../../contract/engagement';
import {
  type ExternalApiDefinition,
  type ExternalApiSummary,
  type ExternalApiVersion,
  type Verdict,
} from '../../contract/external-api';
import { type SegmentVersion } from '../../contract/segment';
import { type Database } from './database';
import { listExternalApis, readExternalApi, saveExternalApi } from './external-apis';
import { listSegments, readSegment, saveSegment } from './segments';
import { latestVerdict, listVerdicts, recordVerdict, type VerdictSubject } from './verdicts';

/** What was defined and tested: External APIs with their verdicts, and segments. Versions never change. */
export interface Registry {
  saveExternalApi(definition: ExternalApiDefinition, savedBy?: string): Promise<Outcome<ExternalApiVersion>>;
  /** The latest without a version; `EXTERNAL_API_UNKNOWN` if there is none. */
  externalApiVersion(name: string, version?: number): Promise<Outcome<ExternalApiVersion>>;
  listExternalApis(): Promise<Outcome<ExternalApiSummary[]>>;
  recordVerdict(verdict: Verdict): Promise<Outcome<void>>;
  latestVerdict(subject: VerdictSubject): Promise<Outcome<Verdict | undefined>>;
  listVerdicts(externalApi: string): Promise<Outcome<Verdict[]>>;
  saveSegment(segment: SegmentDefinition, savedBy?: string): Promise<Outcome<SegmentVersion>>;
  /** The latest without a version; `SEGMENT_UNKNOWN` if there is none. */
  segmentVersion(integration: string, name: string, version?: number): Promise<Outcome<SegmentVersion>>;
  listSegments(integration: string): Promise<Outcome<SegmentVersion[]>>;
}

/** The registry in Brazier's own database. */
export function createRegistry(database: Database): Registry {
  return {
    saveExternalApi: (definition, savedBy) =>
      database.transaction((queries) => saveExternalApi(queries, definition, savedBy)),
    externalApiVersion: (name, version) => database.run((queries) => readExternalApi(queries, name, version)),
    listExternalApis: () => database.run(listExternalApis),
    recordVerdict: (verdict) => database.run((queries) => recordVerdict(queries, verdict)),
    latestVerdict: (subject) => database.run((queries) => latestVerdict(queries, subject)),
    listVerdicts: (externalApi) => database.run((queries) => listVerdicts(queries, externalApi)),
    saveSegment: (segment, savedBy) =>
      database.transaction((queries) => saveSegment(queries, segment, savedBy)),
    segmentVersion: (integration, name, version) =>
      database.run((queries) => readSegment(queries, integration, name, version)),
    listSegments: (integration) => database.run((queries) => listSegments(queries, integration)),
  };
}
