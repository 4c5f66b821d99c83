import { type LedgerReference, type PlanReference } from '../contract/objects';
import { type PlanInput } from '../adapters/duckdb/jobs';
import { ledgerKey, ledgerManifestKey, type AudienceFolder } from '../domain/state-layout';
import { randomName, type AudienceDataAdapters } from './audience-data-adapters';
import { type Scratch } from './audience-data-scratch';
import { valueOf } from './failure';
import { type LedgerManifest } from '../contract/schemas/state-objects';
import { parseStateObject } from './state-objects';

/** A ledger as a file of this attempt, with what its manifest has to carry on. */
export interface LocalLedger {
  /** Absent before the first run. */
  path?: string | undefined;
  members: number;
  unsure: number;
  foldedCorrections: string[];
}

/** Fetches the ledger and what its manifest carries on; no reference is the empty ledger. */
export async function fetchLedger(
  { stateBucket }: AudienceDataAdapters,
  ledger: LedgerReference | undefined,
  scratch: Scratch,
): Promise<LocalLedger> {
  if (ledger === undefined) return { members: 0, unsure: 0, foldedCorrections: [] };
  const path = scratch.file('ledger-before.parquet');
  valueOf(await stateBucket.download(ledger.file, path, scratch.signal));
  const body = valueOf(await stateBucket.getBytes(ledger.manifest, scratch.signal));
  const manifest = valueOf(parseStateObject.ledgerManifest(ledger.manifest.key, body));
  const { members, unsure, foldedCorrections } = manifest;
  return { path, members, unsure, foldedCorrections };
}

/** Fetches the Parquet files of a plan. */
export async function fetchPlan(
  { stateBucket }: AudienceDataAdapters,
  plan: PlanReference,
  scratch: Scratch,
): Promise<PlanInput> {
  const files: PlanInput = {};
  for (const operation of ['add', 'remove'] as const) {
    const reference = plan[operation];
    if (reference === undefined) continue;
    const path = scratch.file(`${operation}-${randomName()}.parquet`);
    valueOf(await stateBucket.download(reference, path, scratch.signal));
    files[operation] = path;
  }
  return files;
}

/** Uploads a new ledger under a name that only this attempt can have chosen. */
export async function storeLedger(
  { stateBucket }: AudienceDataAdapters,
  {
    folder,
    generation,
    previous,
  }: { folder: AudienceFolder; generation: number; previous: LedgerReference | undefined },
  ledger: { path: string } & Omit<LocalLedger, 'path'>,
  outcomes: LedgerManifest['outcomes'],
  signal: AbortSignal,
): Promise<LedgerReference> {
  const random = randomName();
  const { members, unsure, foldedCorrections } = ledger;
  const file = valueOf(await stateBucket.putFile(ledgerKey(folder, generation, random), ledger.path, signal));
  const content: LedgerManifest = {
    ...{ generation, previous: previous?.file.key ?? null, members, unsure },
    ...{ outcomes, foldedCorrections, sha256: file.sha256 },
  };
  const manifestKey = ledgerManifestKey(folder, generation, random);
  const manifest = valueOf(await stateBucket.putJson(manifestKey, content, signal));
  return { generation, file, manifest, members, unsure };
}
