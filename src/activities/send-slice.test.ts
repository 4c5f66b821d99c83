import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { keysUnder, openStateBucket } from '../../test/activities/state-bucket';
import { impatientBudget, linesOf, numbered, Sending } from '../../test/activities/slice-sending';
import { createBrazeConnection, type BrazeConnection } from '../adapters/braze/connection';
import { type Bucket } from '../adapters/bucket/bucket';
import { type BrazeSettings } from '../contract/integration';
import { type SliceReceipt } from '../contract/objects';
import { TEST_KEY } from '../sandbox/test-workspace';
import { valueOf } from './failure';
import { type BeatAnswer } from './heartbeat-lease';
import { createSendActivities, type SendSliceInput, type SendSlicePorts } from './send-slice';
import { createSliceStore } from './slice-store';

const IDS = numbered(30);
let bucket: Bucket;
let sending: Sending;
let connection: BrazeConnection;
let input: SendSliceInput;
let audiences = 0;

beforeAll(async () => {
  bucket = await openStateBucket('');
});
afterAll(() => bucket.close());

beforeEach(async () => {
  audiences += 1;
  sending = await Sending.open(IDS);
  const braze = settings();
  const { endpoint, connections } = braze;
  connection = createBrazeConnection({
    endpoint,
    key: TEST_KEY,
    connections,
    requestTimeoutMs: 30_000,
    userAgent: 'test',
  });
  input = {
    integration: 'shop',
    audienceKey: String(audiences).padStart(32, '0'),
    generation: 2,
    braze,
    shape: { identifier: 'external_id', attribute: 'list', value: 'VIP', createProfiles: false },
    plan: await writePlan(),
    operation: 'add',
    index: 0,
  };
});
afterEach(async () => {
  await connection.close();
  await sending.close();
});

function settings(): BrazeSettings {
  return {
    endpoint: sending.braze.sandbox.url,
    restKey: 'env:KEY',
    objectsPerRequest: 10,
    requestsPerSecond: 1_000,
    exportIdsPerSecond: 40,
    connections: 2,
    requestTimeoutSeconds: 30,
    applyLagSeconds: 0,
  };
}

async function writePlan(): Promise<SendSliceInput['plan']> {
  const object = valueOf(await bucket.put(`plan-${audiences}/add`, `${linesOf(IDS).join('\n')}\n`));
  const slice = { operation: 'add', index: 0, members: IDS.length, object };
  const counts = {
    ledger: 0,
    source: 30,
    add: 30,
    remove: 0,
    stay: 0,
    notOurs: 0,
    leaversKept: 0,
    unsureRetried: 0,
  };
  const slices = valueOf(await bucket.putJson(`plan-${audiences}/slices.json`, [slice]));
  return { hash: 'abc', counts, membersPerSlice: 100, slices, sliceCount: { add: 1, remove: 0 } };
}

/** Runs the activity as a worker would, with ports that are as usual but for `change`. */
function attempt(
  change: Partial<SendSlicePorts> = {},
  environment = newEnvironment(),
): Promise<SliceReceipt> {
  const activities = createSendActivities({
    store: createSliceStore(bucket),
    openBraze: () => Promise.resolve({ connection, budget: impatientBudget(2) }),
    holds: () => Promise.resolve(true),
    heartbeat: () => Promise.resolve<BeatAnswer>('acknowledged'),
    ...change,
  });
  return environment.run(() => activities.sendSlice(input));
}

function newEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

const folder = () => `integrations/shop/audiences/${input.audienceKey}/runs/g2/`;
const traces = async () => ({
  started: (await keysUnder(bucket, `${folder()}started/`)).length,
  receipts: (await keysUnder(bucket, `${folder()}receipts/`)).length,
});

test('a slice is sent, and its receipt tells what became of everybody', async () => {
  const result = await attempt();
  expect(result).toMatchObject({
    operation: 'add',
    index: 0,
    counts: { accepted: 30, rejected: 0, unknown: 0, unsent: 0 },
    attempt: 1,
    requests: 3,
    retries: 0,
    throttled: 0,
    stopped: undefined,
  });
  expect(JSON.parse(valueOf(await bucket.getBytes(result.receipt)).toString())).toEqual({
    operation: 'add',
    index: 0,
    members: 30,
    rejected: [],
    unknown: [],
    unsent: [],
  });
  expect(await sending.holders()).toEqual([...IDS].sort());
});

test('the marker is durable before the first request', async () => {
  const markers: number[] = [];
  const watched: BrazeConnection = {
    close: () => Promise.resolve(),
    async request(request) {
      markers.push((await traces()).started);
      return connection.request(request);
    },
  };
  await attempt({ openBraze: () => Promise.resolve({ connection: watched, budget: impatientBudget(2) }) });
  expect(markers).toEqual([1, 1, 1]);
});

test('a generation that no longer holds the audience writes nothing, not even a marker', async () => {
  await expect(attempt({ holds: () => Promise.resolve(false) })).rejects.toMatchObject({
    type: 'GENERATION_CLOSED',
    nonRetryable: true,
  });
  expect(await traces()).toEqual({ started: 0, receipts: 0 });
  expect(sending.requests()).toBe(0);
});

test('a generation that has begun to send another plan sends nothing of this one', async () => {
  const plan = { ...input.plan, slices: { ...input.plan.slices, key: 'another-plan/slices.json' } };
  await createSliceStore(bucket).writeStarted(input, { operation: 'add', index: 0, members: 30, plan });
  await expect(attempt()).rejects.toMatchObject({ type: 'GENERATION_CLOSED', nonRetryable: true });
  expect(await traces()).toEqual({ started: 1, receipts: 0 });
  expect(sending.requests()).toBe(0);
});

test('a later attempt sends only what no receipt has an answer for', async () => {
  const store = createSliceStore(bucket);
  await store.writeReceipt(input, 'aa', {
    operation: 'add',
    index: 0,
    members: 30,
    rejected: [[0, 'bad id']],
    unknown: [1],
    unsent: [[5, 6]],
  });
  const { counts, requests } = await attempt();
  expect(requests).toBe(1);
  expect(counts).toEqual({ accepted: 29, rejected: 1, unknown: 0, unsent: 0 });
  expect(await sending.holders()).toEqual(['u1', 'u5', 'u6']);
});

test('why the slice stopped early is in the result, and the receipt is written', async () => {
  sending.braze.sandbox.workspace.keys.remove(TEST_KEY);
  const { counts, stopped } = await attempt();
  expect(stopped).toMatchObject({ code: 'BRAZE_KEY_REJECTED' });
  expect(counts).toMatchObject({ unsent: 30 });
  expect(await traces()).toEqual({ started: 1, receipts: 1 });
});

test('a run that is cancelled before the first heartbeat is acknowledged sends nothing and says so', async () => {
  const { counts } = await attempt({ heartbeat: () => Promise.resolve<BeatAnswer>('cancelled') });
  expect(counts).toEqual({ accepted: 0, rejected: 0, unknown: 0, unsent: 30 });
  expect(sending.requests()).toBe(0);
  expect(await traces()).toEqual({ started: 1, receipts: 1 });
});

test('an attempt that Temporal gives up on under way leaves a receipt and does not claim a result', async () => {
  const environment = newEnvironment();
  const watched: BrazeConnection = {
    close: () => Promise.resolve(),
    async request(request) {
      environment.cancel('NOT_FOUND', new ActivityCancellationDetails({ notFound: true }));
      return connection.request(request);
    },
  };
  const openBraze = () => Promise.resolve({ connection: watched, budget: impatientBudget(1) });
  await expect(attempt({ openBraze }, environment)).rejects.toMatchObject({ type: 'ATTEMPT_LOST' });
  expect(sending.requests()).toBe(1);
  expect(await traces()).toEqual({ started: 1, receipts: 1 });
  expect((await attempt()).requests).toBe(2);
});

test('heartbeats begin before anything is read, and an attempt that was stopped before it began sends nothing', async () => {
  const environment = newEnvironment();
  environment.cancel();
  let beats = 0;
  const { counts } = await attempt(
    {
      heartbeat: () => Promise.resolve<BeatAnswer>((beats += 1) > 0 ? 'acknowledged' : 'lost'),
      holds: () => Promise.resolve(beats === 1),
    },
    environment,
  );
  expect(counts).toMatchObject({ unsent: 30 });
  expect(sending.requests()).toBe(0);
});

test('an attempt that Temporal has given up on before it began leaves nothing and does not claim a result', async () => {
  await expect(attempt({ heartbeat: () => Promise.resolve<BeatAnswer>('lost') })).rejects.toMatchObject({
    type: 'ATTEMPT_LOST',
    nonRetryable: false,
  });
  expect(sending.requests()).toBe(0);
  expect(await traces()).toEqual({ started: 0, receipts: 0 });
});

test('a worker that shuts down finishes what is in flight, leaves a receipt and hands the slice back', async () => {
  const environment = newEnvironment();
  const watched: BrazeConnection = {
    close: () => Promise.resolve(),
    async request(request) {
      environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
      return connection.request(request);
    },
  };
  const openBraze = () => Promise.resolve({ connection: watched, budget: impatientBudget(1) });
  await expect(attempt({ openBraze }, environment)).rejects.toThrow('WORKER_SHUTDOWN');
  expect(sending.requests()).toBe(1);
  expect(await traces()).toEqual({ started: 1, receipts: 1 });
  const { counts, requests } = await attempt();
  expect(requests).toBe(2);
  expect(counts).toMatchObject({ accepted: 30 });
});

test('heartbeats carry counts, and no member', async () => {
  const details: unknown[] = [];
  const heartbeat: SendSlicePorts['heartbeat'] = (_, progress) => {
    details.push(structuredClone(progress));
    return Promise.resolve('acknowledged');
  };
  await attempt({ heartbeat });
  expect(details[0]).toEqual({
    operation: 'add',
    index: 0,
    members: 0,
    counts: { accepted: 0, rejected: 0, unknown: 0, unsent: 0 },
  });
});

test('an altered slice is never sent', async () => {
  await bucket.put(`plan-${audiences}/add`, `${linesOf(numbered(30, 'x')).join('\n')}\n`);
  await expect(attempt()).rejects.toMatchObject({ type: 'STATE_CORRUPT' });
  expect(await traces()).toEqual({ started: 0, receipts: 0 });
  expect(sending.requests()).toBe(0);
});
