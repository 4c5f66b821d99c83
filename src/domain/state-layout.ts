import { type ChangeOperation } from './vocabulary';

/** Which audience's folder in the state bucket; `path` is the bucket settings' prefix, blank for none. */
export interface AudienceFolder {
  path: string;
  integration: string;
  audienceKey: string;
}

/** A prefix as it stands before a key: without outer slashes, with one at its end unless it is blank. */
export function normalisedPath(path: string): string {
  const inner = path.replace(/^\/+|\/+$/g, '');
  return inner === '' ? '' : `${inner}/`;
}

/** Everything that belongs to one audience. */
export function audiencePrefix(folder: AudienceFolder): string {
  return `${normalisedPath(folder.path)}integrations/${folder.integration}/audiences/${folder.audienceKey}/`;
}

/** Everything that belongs to one run. */
export function runPrefix(folder: AudienceFolder, generation: number): string {
  return `${audiencePrefix(folder)}runs/g${generation}/`;
}

/** A ledger file; its manifest has the same name with another ending. */
export function ledgerKey(folder: AudienceFolder, generation: number, random: string): string {
  return `${ledgersPrefix(folder)}g${generation}-${random}.parquet`;
}

/** What the ledger of the same generation and random part is made of. */
export function ledgerManifestKey(folder: AudienceFolder, generation: number, random: string): string {
  return `${ledgersPrefix(folder)}g${generation}-${random}.json`;
}

/** Where an audience's ledgers and their manifests lie. */
export function ledgersPrefix(folder: AudienceFolder): string {
  return `${audiencePrefix(folder)}ledger/`;
}

/** Generation and random part of a ledger's manifest; `undefined` for any other object. */
export function parseLedgerManifestKey(key: string): { generation: number; random: string } | undefined {
  const match = /\/ledger\/g(\d+)-([0-9a-f]+)\.json$/.exec(key);
  const [generation, random] = [match?.[1], match?.[2]];
  return generation === undefined || random === undefined
    ? undefined
    : { generation: Number(generation), random };
}

/** Where the marks of all generations that ever began lie. */
export function generationsPrefix(folder: AudienceFolder): string {
  return `${audiencePrefix(folder)}generations/`;
}

/** The mark that a generation has begun. */
export function generationKey(folder: AudienceFolder, generation: number): string {
  return `${generationsPrefix(folder)}g${generation}.json`;
}

/** The generation whose mark this is; `undefined` for any other object. */
export function parseGenerationKey(key: string): number | undefined {
  const generation = /\/generations\/g(\d+)\.json$/.exec(key)?.[1];
  return generation === undefined ? undefined : Number(generation);
}

/** The frozen members of a run. */
export function snapshotKey(folder: AudienceFolder, generation: number, random: string): string {
  return `${runPrefix(folder, generation)}snapshot-${random}.parquet`;
}

/** Rows of the source that Braze could never accept. */
export function unusableRowsKey(folder: AudienceFolder, generation: number, random: string): string {
  return `${runPrefix(folder, generation)}rejected/source-${random}.ndjson`;
}

/** Members that Braze refused. */
export function refusedMembersKey(folder: AudienceFolder, generation: number, random: string): string {
  return `${runPrefix(folder, generation)}rejected/braze-${random}.ndjson`;
}

/** One operation of a plan, as Parquet. */
export function planFileKey(
  folder: AudienceFolder,
  generation: number,
  random: string,
  name: ChangeOperation,
): string {
  return `${runPrefix(folder, generation)}plan-${random}/${name}.parquet`;
}

/** The list of a plan's slices. */
export function sliceListKey(folder: AudienceFolder, generation: number, random: string): string {
  return `${runPrefix(folder, generation)}plan-${random}/slices.json`;
}

/** One slice of a plan. */
export function sliceKey(
  folder: AudienceFolder,
  generation: number,
  random: string,
  slice: { operation: ChangeOperation; index: number },
): string {
  return `${runPrefix(folder, generation)}plan-${random}/slices/${sliceName(slice)}.ndjson`;
}

/** The members that verification reads back. */
export function sampleKey(folder: AudienceFolder, generation: number, random: string): string {
  return `${runPrefix(folder, generation)}sample-${random}.ndjson`;
}

/** The run's report for people. */
export function reportKey(folder: AudienceFolder, generation: number): string {
  return `${runPrefix(folder, generation)}report.html`;
}

/** Where the markers of begun slices lie. */
export function startedPrefix(folder: AudienceFolder, generation: number): string {
  return `${runPrefix(folder, generation)}started/`;
}

/** Where the receipts of a run lie. */
export function receiptsPrefix(folder: AudienceFolder, generation: number): string {
  return `${runPrefix(folder, generation)}receipts/`;
}

/** What the receipts of one slice begin with. */
export function sliceReceiptsPrefix(
  folder: AudienceFolder,
  generation: number,
  slice: { operation: ChangeOperation; index: number },
): string {
  return `${receiptsPrefix(folder, generation)}${sliceName(slice)}-`;
}

/** One attempt to send one slice. `attempt` is random, hexadecimal, and shared by the attempt's marker and receipts. */
export interface SliceAttempt {
  operation: ChangeOperation;
  index: number;
  attempt: string;
}

/** The marker that an attempt leaves before its first request. */
export function startedKey(folder: AudienceFolder, generation: number, attempt: SliceAttempt): string {
  return `${startedPrefix(folder, generation)}${sliceName(attempt)}-${attempt.attempt}.json`;
}

/** A receipt, named for its content so that whoever finds it in a listing can verify it. */
export function receiptKey(
  folder: AudienceFolder,
  generation: number,
  attempt: SliceAttempt,
  sha256: string,
): string {
  const name = `${sliceName(attempt)}-${attempt.attempt}-${sha256.slice(0, 16)}`;
  return `${receiptsPrefix(folder, generation)}${name}.json`;
}

/** The attempt whose marker this is; `undefined` for any other object. */
export function parseStartedKey(key: string): SliceAttempt | undefined {
  const match = /\/started\/(add|remove)-(\d{5,})-([0-9a-f]+)\.json$/.exec(key);
  return match === null ? undefined : sliceAttempt(match);
}

/** The attempt whose receipt this is, with the beginning of its checksum; `undefined` for any other object. */
export function parseReceiptKey(key: string): (SliceAttempt & { sha16: string }) | undefined {
  const match = /\/receipts\/(add|remove)-(\d{5,})-([0-9a-f]+)-([0-9a-f]{16})\.json$/.exec(key);
  const attempt = match === null ? undefined : sliceAttempt(match);
  const sha16 = match?.[4];
  return attempt === undefined || sha16 === undefined ? undefined : { ...attempt, sha16 };
}

/** Where corrections of all generations lie. */
export function correctionsPrefix(folder: AudienceFolder): string {
  return `${audiencePrefix(folder)}corrections/`;
}

/** What verification of a generation found, named for its content. */
export function correctionsKey(folder: AudienceFolder, generation: number, sha256: string): string {
  return `${correctionsPrefix(folder)}g${generation}-${sha256.slice(0, 16)}.ndjson`;
}

/** Generation and beginning of the checksum of a corrections object; `undefined` for any other object. */
export function parseCorrectionsKey(key: string): { generation: number; sha16: string } | undefined {
  const match = /\/corrections\/g(\d+)-([0-9a-f]{16})\.ndjson$/.exec(key);
  const [generation, sha16] = [match?.[1], match?.[2]];
  return generation === undefined || sha16 === undefined
    ? undefined
    : { generation: Number(generation), sha16 };
}

function sliceName(slice: { operation: ChangeOperation; index: number }): string {
  return `${slice.operation}-${String(slice.index).padStart(5, '0')}`;
}

function sliceAttempt(match: RegExpExecArray): SliceAttempt | undefined {
  const [, operation, index, attempt] = match;
  if (operation !== 'add' && operation !== 'remove') return undefined;
  return index === undefined || attempt === undefined
    ? undefined
    : { operation, index: Number(index), attempt };
}

/** Rows of an imported file that were not taken. */
export function importRejectedKey(path: string, integration: string, random: string): string {
  return `${normalisedPath(path)}integrations/${integration}/imports/${random}/rejected.ndjson`;
}

/** The mark that an alert about a schedule has been told; `schedule` is a digest of its id. */
export function alertKey(path: string, schedule: string, mark: string): string {
  return `${normalisedPath(path)}schedules/${schedule}/alerts/${mark.replaceAll(':', '-')}.json`;
}
