import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Client, type WorkflowHandle } from '@temporalio/client';
import { textsOf } from '../../scripts/histories/anonymous';
import { type Bucket } from '../../src/adapters/bucket/bucket';

/** A place with everything that can be read there, decoded as far as it goes. */
export interface Place {
  where: string;
  text: string;
}

/** Every text of a value, payloads decoded. */
export function flat(value: unknown): string {
  return [...textsOf(JSON.parse(JSON.stringify(value ?? null)))].join('\n');
}

/** What the queries that every workflow answers are called, and those that ours do. */
const QUERIES = ['__temporal_workflow_metadata', '__stack_trace', 'status', 'describe'];

/**
 * Every workflow of the namespace: what its history holds but for its input, that input, what describing it shows (memo, attributes,
 * pending activities), and what it answers to queries.
 */
export async function workflowPlaces(temporal: Client): Promise<{ places: Place[]; inputs: Place[] }> {
  const places: Place[] = [];
  const inputs: Place[] = [];
  for await (const { workflowId, runId } of temporal.workflow.list()) {
    const handle = temporal.workflow.getHandle(workflowId, runId);
    const [first, ...events] = (await handle.fetchHistory()).events ?? [];
    const { input, ...started } = first?.workflowExecutionStartedEventAttributes ?? {};
    inputs.push({ where: workflowId, text: flat(input) });
    const described: unknown = (await handle.describe()).raw;
    places.push({ where: `history of ${workflowId}`, text: flat([started, events]) });
    places.push({ where: `description of ${workflowId}`, text: flat(described) });
    for (const query of QUERIES)
      places.push({ where: `${query} of ${workflowId}`, text: await asked(handle, query) });
  }
  return { places, inputs };
}

async function asked(handle: WorkflowHandle, query: string): Promise<string> {
  try {
    return flat(await handle.query<unknown, [object]>(query, {}));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Every object of a bucket: its bytes, and the rows of those that are Parquet. */
export async function bucketPlaces(bucket: Bucket): Promise<Place[]> {
  const listed = await bucket.list('');
  if (!listed.ok) throw new Error(listed.fault.message);
  const places: Place[] = [];
  for (const { key } of listed.value) {
    const body = await bucket.read(key);
    if (!body.ok) throw new Error(body.fault.message);
    const rows = key.endsWith('.parquet') ? await parquetText(body.value) : '';
    places.push({ where: key, text: `${body.value.toString('latin1')}\n${rows}` });
  }
  return places;
}

async function parquetText(bytes: Buffer): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'brazier-search-'));
  const file = join(dir, 'object.parquet');
  await writeFile(file, bytes);
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  try {
    const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
    return JSON.stringify(reader.getRowsJson());
  } finally {
    connection.closeSync();
    database.closeSync();
    await rm(dir, { recursive: true, force: true });
  }
}

/** What a process wrote. */
export async function logPlace(dir: string, name: string): Promise<Place> {
  return { where: name, text: await readFile(join(dir, name), 'utf8') };
}

/** Where each of the words is found, in any of the spellings in which it could travel. */
export function findings(places: readonly Place[], words: Readonly<Record<string, string>>): string[] {
  return places.flatMap(({ where, text }) =>
    Object.entries(words)
      .filter(([, word]) => spellings(word).some((spelling) => text.includes(spelling)))
      .map(([name]) => `${name} in ${where}`),
  );
}

function spellings(word: string): string[] {
  const inBase64 = [0, 1, 2].flatMap((before) => [
    within(word, before, 'base64'),
    within(word, before, 'base64url'),
  ]);
  return [word, encodeURIComponent(word), ...inBase64];
}

/** A word as it stands in the base64 of a longer text, without the characters that it shares with what is around it. */
function within(word: string, bytesBefore: number, encoding: 'base64' | 'base64url'): string {
  const bytes = Buffer.concat([Buffer.alloc(bytesBefore), Buffer.from(word)]);
  return bytes.toString(encoding).slice(Math.ceil((bytesBefore * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
