import { createConnectionOpener } from '../adapters/braze/connection-opener';
import { createSecretStore } from '../adapters/secrets/secrets';
import { type BrazeSettings } from '../contract/integration';
import { openTestWorkspace, TEST_KEY, type TestWorkspace } from '../sandbox/test-workspace';
import { TestAuthority } from './budget-authority.test-support';
import { BrazeAccounts, type BrazeAccount } from './braze-accounts';
import { createReadBack } from './read-back';

let braze: TestWorkspace;
let accounts: BrazeAccounts;
let env: Record<string, string>;
let nowMs: number;

beforeEach(async () => {
  braze = await openTestWorkspace();
  nowMs = 0;
  env = { KEY: TEST_KEY, OTHER: 'another-key' };
  const declared = ['env:KEY', 'env:OTHER', 'env:EMPTY'] as const;
  const secrets = createSecretStore({ declared, env, readFile: () => Promise.reject(new Error('no files')) });
  const allowedHosts = [braze.sandbox.url];
  const openConnection = createConnectionOpener({
    secrets,
    allowedHosts,
    userAgent: 'partner-Example-Test/1.0',
  });
  accounts = new BrazeAccounts({
    secrets,
    openConnection,
    authorityOf: () => new TestAuthority(),
    onTrouble: (_, error) => {
      throw error;
    },
    now: () => nowMs,
  });
});
afterEach(async () => {
  await accounts.close();
  await braze.close();
});

function settings(change: Partial<BrazeSettings> = {}): BrazeSettings {
  return {
    endpoint: braze.sandbox.url,
    restKey: 'env:KEY',
    objectsPerRequest: 75,
    requestsPerSecond: 50,
    exportIdsPerSecond: 40,
    connections: 4,
    requestTimeoutSeconds: 30,
    applyLagSeconds: 0,
    ...change,
  };
}

async function open(change: Partial<BrazeSettings> = {}): Promise<BrazeAccount> {
  const opened = await accounts.open('shop', settings(change));
  if (!opened.ok) throw new Error(opened.fault.message);
  return opened.value;
}

const ask = { method: 'GET', path: '/segments/list' } as const;

test('every slice and run of a process shares one account per workspace', async () => {
  const first = await open();
  expect(await open()).toBe(first);
  // What concerns only the content of requests is no reason for another pool and budget.
  expect(await open({ objectsPerRequest: 10, applyLagSeconds: 9 })).toBe(first);
});

test('whoever asks while the account is being opened gets the same one', async () => {
  const [first, second] = await Promise.all([open(), open()]);
  expect(second).toBe(first);
});

test('an opening that failed is not remembered', async () => {
  await expect(open({ endpoint: 'https://evil.example.com' })).rejects.toThrow();
  const declaredLater = settings({ restKey: 'env:EMPTY' });
  expect((await accounts.open('shop', declaredLater)).ok).toBe(false);
  env['EMPTY'] = 'a-key';
  expect((await accounts.open('shop', declaredLater)).ok).toBe(true);
});

test.each<Partial<BrazeSettings>>([
  { requestsPerSecond: 51 },
  { exportIdsPerSecond: 41 },
  { connections: 5 },
  { requestTimeoutSeconds: 31 },
  { restKey: 'env:OTHER' },
])('%j is another account', async (change) => {
  expect(await open(change)).not.toBe(await open());
});

test('another integration is another account, whatever its settings are', async () => {
  const other = await accounts.open('outlet', settings());
  expect(other.ok && other.value).not.toBe(await open());
});

test('a rotated key is used at the next opening', async () => {
  const before = await open();
  await expect(before.connection.request(ask)).resolves.toMatchObject({ status: 200 });
  env['KEY'] = 'rotated-key';
  const after = await open();
  expect(after).not.toBe(before);
  await expect(after.connection.request(ask)).resolves.toMatchObject({ status: 401 });
});

test('a key or a host that may not be used is a fault, and nothing is sent', async () => {
  const faultOf = async (change: Partial<BrazeSettings>) => {
    const opened = await accounts.open('shop', settings(change));
    return opened.ok ? undefined : opened.fault.code;
  };
  expect(await faultOf({ restKey: 'env:EMPTY' })).toBe('SECRET_UNREADABLE');
  expect(await faultOf({ restKey: 'env:UNDECLARED' })).toBe('SECRET_NOT_DECLARED');
  expect(await faultOf({ endpoint: 'https://evil.example.com' })).toBe('HOST_NOT_ALLOWED');
  expect(braze.sandbox.workspace.requests.last(1)).toEqual([]);
});

test('the two budgets are apart: reading back does not slow sending down', async () => {
  const { budget, readBudget } = await open({ connections: 1 });
  await expect(budget.take()).resolves.toBe(true);
  await expect(readBudget.take()).resolves.toBe(true);
  const next = budget.take();
  readBudget.release();
  budget.release();
  await expect(next).resolves.toBe(true);
  budget.release();
});

test('rotated keys do not pile up connections: accounts that nobody uses are closed, the longest unused first', async () => {
  const oldest = await open({ requestTimeoutSeconds: 100 });
  const reopened = await open({ requestTimeoutSeconds: 101 });
  const busy = await open({ requestTimeoutSeconds: 102 });
  for (let seconds = 103; seconds <= 131; seconds += 1) await open({ requestTimeoutSeconds: seconds });
  nowMs = 31 * 60_000;
  await open({ requestTimeoutSeconds: 101 });
  await busy.connection.request(ask);
  for (let seconds = 132; seconds <= 170; seconds += 1) await open({ requestTimeoutSeconds: seconds });
  await expect(oldest.connection.request(ask)).resolves.toMatchObject({ kind: 'notSent' });
  await expect(reopened.connection.request(ask)).resolves.toMatchObject({ status: 200 });
  await expect(busy.connection.request(ask)).resolves.toMatchObject({ status: 200 });
  expect(await open({ requestTimeoutSeconds: 100 })).not.toBe(oldest);
});

test('an account in use is not closed, however many there are', async () => {
  const first = await open({ requestTimeoutSeconds: 100 });
  for (let seconds = 101; seconds <= 140; seconds += 1) await open({ requestTimeoutSeconds: seconds });
  await expect(first.connection.request(ask)).resolves.toMatchObject({ status: 200 });
});

test.each(['budget', 'readBudget'] as const)(
  'an account is not closed under whoever waits out a long pause of its %s',
  async (name) => {
    const first = await open({ requestTimeoutSeconds: 100 });
    await first[name].take();
    first[name].observe(429, { 'x-ratelimit-retry-after': '3600' });
    const leaving = new AbortController();
    const waiting = first[name].take(leaving.signal);
    first[name].release();
    for (let seconds = 101; seconds <= 131; seconds += 1) await open({ requestTimeoutSeconds: seconds });
    nowMs = 31 * 60_000;
    for (let seconds = 132; seconds <= 140; seconds += 1) await open({ requestTimeoutSeconds: seconds });
    await expect(first.connection.request(ask)).resolves.toMatchObject({ status: 200 });
    leaving.abort();
    await expect(waiting).resolves.toBe(false);
  },
);

test('nobody waits for ever for an account that was closed, and a read-back fails at once', async () => {
  const account = await open({ connections: 1 });
  await account.budget.take();
  await account.readBudget.take();
  const readBack = createReadBack(account);
  const { signal } = new AbortController();
  const waiting = [account.budget.take(), account.budget.take(signal)].map(async (turn) => turn);
  const reading = readBack.read('external_id', ['a'], signal);
  await accounts.close();
  await expect(Promise.all(waiting)).resolves.toEqual([false, false]);
  await expect(reading).resolves.toMatchObject({ ok: false });
  await expect(account.budget.take()).resolves.toBe(false);
});

test('a read-back keeps to the read budget and gives it back, also when Braze fails', async () => {
  await braze.call('POST', '/_sandbox/profiles', '{"external_id":"a","custom_attributes":{"list":["VIP"]}}');
  const account = await open({ connections: 1 });
  const readBack = createReadBack(account);
  const { signal } = new AbortController();
  expect([readBack.batchSize('external_id'), readBack.batchSize('email')]).toEqual([50, 1]);
  const found = await readBack.read('external_id', ['a', 'nobody'], signal);
  expect(found.ok && [...found.value].map(([id, profiles]) => [id, profiles.length])).toEqual([
    ['a', 1],
    ['nobody', 0],
  ]);
  braze.sandbox.workspace.faults.add({ match: { next: 1 }, fault: { kind: 'status', status: 500 } });
  await expect(readBack.read('external_id', ['a'], signal)).resolves.toMatchObject({ ok: false });
  await expect(readBack.read('external_id', ['a'], signal)).resolves.toMatchObject({ ok: true });
});
