import { createHash } from 'node:crypto';
import { type Bucket, type ListedObject } from '../adapters/bucket/bucket';
import { type LedgerReference } from '../contract/objects';
import {
  generationKey,
  generationsPrefix,
  ledgerKey,
  ledgersPrefix,
  parseGenerationKey,
  parseLedgerManifestKey,
  startedPrefix,
  type AudienceFolder,
} from '../domain/state-layout';
import { throwFault, valueOf } from './failure';
import { type GenerationMark } from '../contract/schemas/state-objects';
import { parseStateObject } from './state-objects';

/** Generations of an audience that the state bucket has seen begin, lowest first. */
export async function listGenerations(bucket: Bucket, folder: AudienceFolder): Promise<number[]> {
  const marks = valueOf(await bucket.list(generationsPrefix(folder)));
  return marks
    .map(({ key }) => parseGenerationKey(key))
    .filter((generation) => generation !== undefined)
    .sort((a, b) => a - b);
}

/** Notes that a generation has begun, before anything else of it can lie in the bucket. */
export async function markGeneration(
  bucket: Bucket,
  folder: AudienceFolder,
  mark: GenerationMark,
): Promise<void> {
  valueOf(await bucket.putJson(generationKey(folder, mark.generation), mark));
}

/** Whether any slice of a generation was begun: its marker is written before its first request. */
export async function hasBegunToSend(
  bucket: Bucket,
  folder: AudienceFolder,
  generation: number,
): Promise<boolean> {
  for await (const page of bucket.pages(startedPrefix(folder, generation))) {
    if (valueOf(page).objects.length > 0) return true;
  }
  return false;
}

/**
 * What a run starts from if the entity has forgotten: the newest ledger, and every generation since. `seen` are the earlier
 * generations, `known` is the ledger that the entity does remember, if it was set back and not lost. The generation of the
 * ledger itself is among the open ones, since its own receipts may be missing in it; folding them twice changes nothing.
 */
export async function findForgotten(
  bucket: Bucket,
  folder: AudienceFolder,
  seen: readonly number[],
  known: LedgerReference | undefined,
): Promise<{ ledger?: LedgerReference; open: number[] }> {
  const newest = await newestLedger(bucket, folder, seen.at(-1) ?? 0);
  const ledger = known !== undefined && known.generation > (newest?.generation ?? 0) ? known : newest;
  if (ledger === undefined) return { open: [...seen] };
  return { ledger, open: seen.filter((generation) => generation >= ledger.generation) };
}

async function newestLedger(
  bucket: Bucket,
  folder: AudienceFolder,
  highest: number,
): Promise<LedgerReference | undefined> {
  const objects = valueOf(await bucket.list(ledgersPrefix(folder)));
  // A ledger without a manifest was never finished: the manifest is written last.
  const manifests = objects
    .map(({ key, lastModifiedMs }) => ({ key, lastModifiedMs, name: parseLedgerManifestKey(key) }))
    .flatMap(({ name, ...manifest }) => (name === undefined ? [] : [{ ...manifest, ...name }]))
    .filter(({ generation }) => generation <= highest)
    .sort((a, b) => b.generation - a.generation || b.lastModifiedMs - a.lastModifiedMs);
  for (const { key, generation, random } of manifests) {
    if (await wasDryRun(bucket, folder, generation)) continue;
    const file = objects.find((object) => object.key === ledgerKey(folder, generation, random));
    return referenceOf(bucket, generation, key, file);
  }
  return undefined;
}

/** A generation without a mark counts as one that could send. */
async function wasDryRun(bucket: Bucket, folder: AudienceFolder, generation: number): Promise<boolean> {
  const key = generationKey(folder, generation);
  const body = await bucket.read(key);
  if (!body.ok && body.fault.code === 'SOURCE_NOT_FOUND') return false;
  return valueOf(parseStateObject.generationMark(key, valueOf(body))).dryRun;
}

/** Exact, so that whoever reads the ledger notices when it is not what its manifest says. */
async function referenceOf(
  bucket: Bucket,
  generation: number,
  manifestKey: string,
  file: ListedObject | undefined,
): Promise<LedgerReference> {
  // Going back to an older ledger instead might forget members whose receipts are no longer kept.
  if (file === undefined) {
    const message = `${manifestKey}: the ledger that it describes is missing.`;
    return throwFault({ code: 'STATE_CORRUPT', message });
  }
  const body = valueOf(await bucket.read(manifestKey));
  const { members, unsure, sha256 } = valueOf(parseStateObject.ledgerManifest(manifestKey, body));
  return {
    generation,
    file: { key: file.key, bytes: file.bytes, sha256 },
    manifest: {
      key: manifestKey,
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    },
    members,
    unsure,
  };
}
