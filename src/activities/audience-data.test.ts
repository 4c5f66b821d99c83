import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createS3Client } from '../adapters/bucket/s3-client';
import { createBucket } from '../adapters/bucket/s3-bucket';
import { type Bucket } from '../adapters/bucket/bucket';
import { createDuckDb } from '../adapters/duckdb/duckdb';
import { readSource } from '../adapters/source/read-source';
import { type Activation, type AudienceSource } from '../contract/activation';
import { success } from '../contract/errors';
import { type LedgerReference, type PlanReference, type ReceiptBody } from '../contract/objects';
import { correctionsKey, receiptKey, startedKey } from '../domain/state-layout';
import { createAudienceDataActivities, type AudienceDataActivities } from './audience-data';
import { sourceBucket } from './source-bucket';

const endpoint = process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '';
const credentials = {
  accessKeyId: process.env['BRAZIER_TEST_S3_KEY_ID'] ?? '',
  secretAccessKey: process.env['BRAZIER_TEST_S3_SECRET'] ?? '',
};
const settings = {
  bucket: `data-${randomBytes(6).toString('hex')}`,
  region: 'us-east-1',
  path: 'state/of brazier',
  endpoint,
};
const childEntry = join(__dirname, '..', '..', 'dist', 'src', 'adapters', 'duckdb', 'child.js');

let bucket: Bucket;
let workDir: string;
let activities: AudienceDataActivities;
let audience = 0;

beforeAll(async () => {
  const client = createS3Client({ region: settings.region, endpoint, credentials });
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket }));
  client.destroy();
  workDir = await mkdtemp(join(tmpdir(), 'brazier-data-'));
  bucket = createBucket({ settings, credentials });
  activities = createAudienceDataActivities({
    stateBucket: bucket,
    openBucket: (source) => Promise.resolve(success(createBucket({ settings: source, credentials }))),
    readSource,
    duckdb: createDuckDb({ childEntry }),
    workDir,
  });
});

beforeEach(() => (audience += 1));

afterAll(async () => {
  bucket.close();
  await rm(workDir, { recursive: true, force: true });
});

const SOURCE: AudienceSource = {
  key: 'in/members.csv',
  format: 'csv',
  compression: 'none',
  csv: { delimiter: ',', quote: '"', escape: '"' },
  idColumn: 'external_id',
  identifier: 'external_id',
  quietSeconds: 0,
};

function activation(source: Partial<AudienceSource> = {}, rest: Partial<Activation> = {}): Activation {
  return {
    integration: 'shop',
    audience: 'Active customers',
    attribute: 'lexer_audience',
    audienceKey: createHash('sha256').update(String(audience)).digest('hex').slice(0, 32),
    listAction: 'maintain',
    createProfiles: false,
    source: { ...SOURCE, ...source },
    terms: { acceptedBy: 'Ada', version: '1' },
    confirmation: { kind: 'none' },
    guards: { maxRemovalShare: 0.5, approvalTimeoutSeconds: 60 },
    verification: { entering: 10, leaving: 10, deadlineSeconds: 60 },
    dryRun: false,
    completionMail: false,
    skipUnchanged: false,
    ...rest,
  };
}

function run<I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> {
  return new MockActivityEnvironment().run(activity, input);
}

async function freezeIds(ids: string[], generation: number, input = activation()) {
  const body = `external_id\n${ids.join('\n')}\n`;
  expect((await bucket.put('in/members.csv', body)).ok).toBe(true);
  return run(activities.freezeSource, { activation: input, exchange: settings, generation });
}

async function planIds(ids: string[], generation: number, ledger?: LedgerReference, input = activation()) {
  const snapshot = await freezeIds(ids, generation, input);
  return run(activities.planRun, {
    activation: input,
    generation,
    snapshot,
    objectsPerRequest: 75,
    ...(ledger === undefined ? {} : { ledger }),
  });
}

/** Plays the sender: marker first, then a receipt, unless the attempt dies before it. */
async function send(
  plan: PlanReference,
  generation: number,
  slice: Pick<ReceiptBody, 'operation'> & Partial<ReceiptBody>,
  dies = false,
) {
  const members = plan.counts[slice.operation];
  const body: ReceiptBody = { index: 0, members, rejected: [], unknown: [], unsent: [], ...slice };
  const attempt = randomBytes(8).toString('hex');
  const folder = { path: settings.path, integration: 'shop', audienceKey: activation().audienceKey };
  const which = { operation: body.operation, index: body.index, attempt };
  const marker = { operation: body.operation, index: body.index, members, plan };
  expect((await bucket.putJson(startedKey(folder, generation, which), marker)).ok).toBe(true);
  if (dies) return;
  const text = JSON.stringify(body);
  const sha256 = createHash('sha256').update(text).digest('hex');
  expect((await bucket.put(receiptKey(folder, generation, which, sha256), text)).ok).toBe(true);
}

function keyed(generation: number, rest: { ledger?: LedgerReference; plan: PlanReference }) {
  return { integration: 'shop', audienceKey: activation().audienceKey, generation, ...rest };
}

async function sliceLines(plan: PlanReference, operation: 'add' | 'remove'): Promise<string[]> {
  const list = await bucket.getBytes(plan.slices);
  if (!list.ok) throw new Error(list.fault.message);
  const slices = JSON.parse(list.value.toString()) as {
    operation: string;
    object: PlanReference['slices'];
  }[];
  const lines: string[] = [];
  for (const slice of slices.filter((candidate) => candidate.operation === operation)) {
    const body = await bucket.getBytes(slice.object);
    if (!body.ok) throw new Error(body.fault.message);
    lines.push(...body.value.toString().trimEnd().split('\n'));
  }
  return lines;
}

async function codeOf(promise: Promise<unknown>): Promise<string | null | undefined> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  return error.type;
}

test('a run from source to ledger, and the next one from there', async () => {
  const first = await planIds(['a', 'b', ' c ', '"d""q"', 'a', ''], 1);
  expect(first.counts).toEqual({
    ...{ ledger: 0, source: 4, add: 4, remove: 0, stay: 0, notOurs: 0, leaversKept: 0, unsureRetried: 0 },
  });
  const ids = await sliceLines(first, 'add');
  expect([...ids].sort()).toEqual(['"a"', '"b"', '"c"', String.raw`"d\"q"`]);
  await send(first, 1, {
    operation: 'add',
    rejected: [[ids.indexOf('"b"'), 'no such user']],
    unknown: [ids.indexOf('"c"')],
  });

  const folded = await run(activities.foldLedger, keyed(1, { plan: first }));
  expect(folded.outcomes.add).toEqual({ accepted: 2, rejected: 1, unknown: 1, unsent: 0 });
  expect(folded).toMatchObject({ sentNothing: false, ledger: { generation: 1, members: 3, unsure: 1 } });
  const refused = await bucket.getBytes(folded.rejected!);
  expect(refused.ok && refused.value.toString()).toBe(
    '{"id":"b","operation":"add","reason":"no such user"}\n',
  );

  const second = await planIds(['b', 'c', 'e'], 2, folded.ledger);
  expect(second.counts).toMatchObject({ ledger: 3, source: 3, add: 3, remove: 2, stay: 0, unsureRetried: 1 });
  expect(await readdir(workDir)).toEqual([]);
});

test('what a dead run began is unsure, what it never began is unsent', async () => {
  const plan = await planIds(['a', 'b'], 1);
  await send(plan, 1, { operation: 'add', unknown: [0] });
  await send(plan, 1, { operation: 'add' }, true);
  const audienceKey = activation().audienceKey;
  const recovered = await run(activities.recoverLedger, {
    integration: 'shop',
    audienceKey,
    generation: 2,
    open: [1],
  });
  expect(recovered).toMatchObject({
    changed: true,
    inDoubt: true,
    ledger: { generation: 2, members: 2, unsure: 1 },
  });

  const next = await planIds([], 2, recovered.ledger);
  expect(next.counts).toMatchObject({ remove: 2, unsureRetried: 1 });
  const nothing = { integration: 'shop', audienceKey, generation: 3, open: [2], ledger: recovered.ledger };
  expect(await run(activities.recoverLedger, nothing)).toEqual({
    ledger: recovered.ledger,
    changed: false,
    inDoubt: false,
    correctionsFolded: 0,
  });
  const unsent = await run(activities.foldLedger, keyed(2, { ledger: recovered.ledger!, plan: next }));
  expect(unsent).toMatchObject({
    sentNothing: true,
    ledger: recovered.ledger,
    outcomes: { remove: { unsent: 2 } },
  });
});

test('an attempt that reported is silent no more, a second one that died leaves its lines unknown', async () => {
  const plan = await planIds(['a', 'b'], 1);
  await send(plan, 1, { operation: 'add', unsent: [[1, 1]] });
  await send(plan, 1, { operation: 'add' }, true);
  const { outcomes } = await run(activities.foldLedger, keyed(1, { plan }));
  expect(outcomes.add).toEqual({ accepted: 1, rejected: 0, unknown: 1, unsent: 0 });
});

test('corrections are folded in once', async () => {
  const plan = await planIds(['a', 'b', 'c'], 1);
  await send(plan, 1, { operation: 'add' });
  const { ledger } = await run(activities.foldLedger, keyed(1, { plan }));
  const audienceKey = activation().audienceKey;
  const findings = [
    { id: 'a', operation: 'add', finding: 'notInBraze' },
    { id: 'b', operation: 'add', finding: 'late' },
    { id: 'z', operation: 'remove', finding: 'late' },
  ];
  const body = findings.map((finding) => `${JSON.stringify(finding)}\n`).join('');
  const folder = { path: settings.path, integration: 'shop', audienceKey };
  await bucket.put(correctionsKey(folder, 1, createHash('sha256').update(body).digest('hex')), body);
  const input = { integration: 'shop', audienceKey, generation: 2, open: [] };
  const once = await run(activities.recoverLedger, { ...input, ledger });
  expect(once).toMatchObject({
    changed: true,
    inDoubt: false,
    correctionsFolded: 1,
    ledger: { members: 3, unsure: 2 },
  });
  const twice = await run(activities.recoverLedger, { ...input, ledger: once.ledger });
  expect(twice).toMatchObject({ changed: false, correctionsFolded: 0, ledger: once.ledger });
});

test('a sample holds accepted members only, and the same ones each time', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `user-${index}`);
  const plan = await planIds(ids, 1);
  await send(plan, 1, { operation: 'add', rejected: [[3, 'no']], unsent: [[100, 199]] });
  const draw = { ...keyed(1, { plan }), entering: 20, leaving: 5 };
  const [first, second] = [await run(activities.drawSample, draw), await run(activities.drawSample, draw)];
  expect(first).toMatchObject({ entering: 20, leaving: 0 });
  expect(first.sample.sha256).toBe(second.sample.sha256);
  const sample = await bucket.getBytes(first.sample);
  const drawn = sample.ok ? sample.value.toString().trimEnd().split('\n') : [];
  const accepted = (await sliceLines(plan, 'add')).slice(0, 100).map((line) => JSON.parse(line) as string);
  expect(drawn).toHaveLength(20);
  for (const line of drawn) expect(accepted).toContain((JSON.parse(line) as { id: string }).id);
  const all = await run(activities.drawSample, { ...draw, entering: 'all' });
  expect(all.entering).toBe(99);
});

test('the plan hash knows no row order, but everything that was approved', async () => {
  const ids = Array.from({ length: 500 }, (_, index) => `user-${index}`);
  const plan = await planIds(ids, 1);
  const reversed = await planIds([...ids].reverse(), 2);
  expect(reversed.hash).toBe(plan.hash);
  const others = [
    await planIds([...ids.slice(1), 'user-x'], 3),
    await planIds(ids, 4, undefined, activation({}, { createProfiles: true })),
    await planIds(ids, 5, undefined, activation({}, { audience: 'Others' })),
  ];
  for (const other of others) expect(other.hash).not.toBe(plan.hash);
});

test('a source with another number of rows than expected is incomplete', async () => {
  await bucket.put('in/members.csv.gz', gzipSync('external_id\na\nb\n'));
  const input = activation({ key: 'in/members.csv.gz', compression: 'gzip', expectedRows: 3 });
  const freeze = run(activities.freezeSource, { activation: input, exchange: settings, generation: 1 });
  expect(await codeOf(freeze)).toBe('SOURCE_INCOMPLETE');
});

test('a receipt or a plan that was altered is corrupt', async () => {
  const plan = await planIds(['a'], 1);
  await send(plan, 1, { operation: 'add' });
  const folder = { path: settings.path, integration: 'shop', audienceKey: activation().audienceKey };
  const which = { operation: 'add', index: 0, attempt: 'abc' } as const;
  await bucket.put(receiptKey(folder, 1, which, 'f'.repeat(64)), '{}');
  expect(await codeOf(run(activities.foldLedger, keyed(1, { plan })))).toBe('STATE_CORRUPT');
  const altered = { ...plan, slices: { ...plan.slices, sha256: 'f'.repeat(64) } };
  expect(await codeOf(run(activities.foldLedger, keyed(1, { plan: altered })))).toBe('STATE_CORRUPT');
});

test('the exchange bucket’s keys never go to another endpoint', () => {
  const exchange = { ...settings, accessKeyId: 'env:A', secretAccessKey: 'env:B' } as const;
  expect(sourceBucket(SOURCE, exchange)).toMatchObject({ bucket: settings.bucket, accessKeyId: 'env:A' });
  const elsewhere = sourceBucket({ ...SOURCE, endpoint: 'https://s3.example.com' }, exchange);
  expect(elsewhere).not.toHaveProperty('accessKeyId');
});
