import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { impatientBudget } from '../../test/activities/slice-sending';
import { createBrazeConnection, type BrazeConnection } from '../adapters/braze/connection';
import { type Correction } from '../contract/objects';
import { type IdentifierKind } from '../contract/phases';
import { type VerificationResult } from '../contract/run';
import { type SampleMember } from '../domain/sample-proof';
import { createReadBack } from '../process/read-back';
import { openTestWorkspace, TEST_KEY, type TestWorkspace } from '../sandbox/test-workspace';
import { createVerifyActivities, type VerifyPorts, type VerifySampleInput } from './verify-sample';

const NOTHING = { checked: 0, matching: 0, late: 0, notInBraze: 0, atCap: 0 };
let braze: TestWorkspace;
let connection: BrazeConnection;

beforeEach(async () => {
  // Nothing is applied until the sandbox is told to.
  braze = await openTestWorkspace({ applyLagMs: 3_600_000 });
  connection = createBrazeConnection({
    endpoint: braze.sandbox.url,
    key: TEST_KEY,
    connections: 2,
    requestTimeoutMs: 30_000,
    userAgent: 'test',
  });
});
afterEach(async () => {
  await connection.close();
  await braze.close();
});

async function profiles(...lines: object[]): Promise<void> {
  await braze.call('POST', '/_sandbox/profiles', lines.map((line) => JSON.stringify(line)).join('\n'));
}

function profile(id: string, ...list: string[]): object {
  return { external_id: id, custom_attributes: { list } };
}

const entering = (id: string): SampleMember => ({ id, operation: 'add' });
const leaving = (id: string): SampleMember => ({ id, operation: 'remove' });

/** How a verification differs from the usual one. */
interface Verification {
  kind?: IdentifierKind;
  deadlineSeconds?: number;
  cap?: number;
  /** Happens in place of each wait between two passes. */
  meanwhile?: () => void | Promise<void>;
  ports?: Partial<VerifyPorts>;
  environment?: MockActivityEnvironment;
}

async function verify(members: SampleMember[], how: Verification = {}) {
  const corrections: Correction[][] = [];
  const waits: number[] = [];
  const activities = createVerifyActivities({
    readSample: () => Promise.resolve(members),
    writeCorrections: (_, found) => Promise.resolve(void corrections.push(found)),
    openReadBack: () => Promise.resolve(createReadBack({ connection, readBudget: impatientBudget(2) })),
    attributeCap: () => Promise.resolve(how.cap),
    async sleep(ms) {
      waits.push(ms);
      await how.meanwhile?.();
    },
    ...how.ports,
  });
  const input: VerifySampleInput = {
    integration: 'shop',
    audienceKey: 'abc',
    generation: 1,
    braze: {
      endpoint: braze.sandbox.url,
      restKey: 'env:KEY',
      objectsPerRequest: 75,
      requestsPerSecond: 50,
      exportIdsPerSecond: 40,
      connections: 2,
      requestTimeoutSeconds: 30,
      applyLagSeconds: 0,
    },
    sample: { key: 'sample', bytes: 0, sha256: '' },
    attribute: 'list',
    value: 'VIP',
    identifier: how.kind ?? 'external_id',
    createProfiles: false,
    deadlineSeconds: how.deadlineSeconds ?? 0,
  };
  const environment = how.environment ?? newEnvironment();
  const result: Omit<VerificationResult, 'changed'> = await environment.run(() =>
    activities.verifySample(input),
  );
  return { result, corrections: corrections.flat(), waits, written: corrections.length };
}

/** Scheduled just now, so that the deadline is counted from now. */
function newEnvironment(): MockActivityEnvironment {
  const info = { scheduledTimestampMs: Date.now() };
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
}

test('members that show their change match, in as few requests as Braze allows', async () => {
  const members = Array.from({ length: 120 }, (_, at) =>
    at % 2 === 0 ? entering(`u${at}`) : leaving(`u${at}`),
  );
  await profiles(
    ...members.map(({ id, operation }) => profile(id, ...(operation === 'add' ? ['VIP'] : ['x']))),
  );
  const { result, corrections, waits } = await verify(members);
  expect(result).toEqual({ ...NOTHING, checked: 120, matching: 120 });
  expect(corrections).toEqual([]);
  expect(waits).toEqual([]);
  expect(braze.sandbox.workspace.statistics.requests['/users/export/ids']).toEqual({ 201: 3 });
});

test('a change that shows late is waited for; only who is missing is read again', async () => {
  await profiles(profile('here', 'VIP'), profile('soon'), profile('leaving', 'VIP'));
  await braze.track({
    attributes: [
      { external_id: 'soon', list: { add: ['VIP'] } },
      { external_id: 'leaving', list: { remove: ['VIP'] } },
    ],
  });
  let passes = 0;
  const { result, corrections, waits } = await verify(
    [entering('here'), entering('soon'), leaving('leaving')],
    {
      deadlineSeconds: 3_600,
      meanwhile: () => {
        passes += 1;
        if (passes === 3) braze.sandbox.workspace.pending.flush();
      },
    },
  );
  expect(result).toEqual({ ...NOTHING, checked: 3, matching: 3 });
  expect(corrections).toEqual([]);
  expect(waits).toHaveLength(3);
  const requests = braze.sandbox.workspace.requests
    .last(10)
    .filter(({ path }) => path === '/users/export/ids');
  expect(requests).toHaveLength(4);
  expect(requests.at(-1)?.body.toString()).not.toContain('"here"');
});

test('what does not show by the deadline is late, and the next run is told', async () => {
  await profiles(profile('never'), profile('stays', 'VIP'));
  const { result, corrections } = await verify([entering('never'), leaving('stays')]);
  expect(result).toEqual({ ...NOTHING, checked: 2, late: 2 });
  expect(corrections).toEqual([
    { id: 'never', operation: 'add', finding: 'late' },
    { id: 'stays', operation: 'remove', finding: 'late' },
  ]);
});

test('an unknown profile is told apart from a late one; a leaver that Braze does not know matches', async () => {
  const { result, corrections, waits } = await verify([entering('nobody'), leaving('gone')], {
    deadlineSeconds: 3_600,
  });
  expect(result).toEqual({ ...NOTHING, checked: 2, matching: 1, notInBraze: 1 });
  expect(corrections.map(({ id, finding }) => [id, finding])).toEqual([
    ['nobody', 'notInBraze'],
    ['gone', 'notInBraze'],
  ]);
  expect(waits).toEqual([]);
});

test('profiles whose attribute is full are counted, where the cap is known', async () => {
  await profiles(profile('full', 'a', 'b', 'VIP'), profile('room', 'a', 'VIP'));
  const members = [entering('full'), entering('room')];
  expect((await verify(members, { cap: 3 })).result).toMatchObject({ matching: 2, atCap: 1 });
  expect((await verify(members)).result).toMatchObject({ matching: 2, atCap: 0 });
});

test('an e-mail address that finds several profiles is read one by one, and one that holds the value decides', async () => {
  await profiles(
    { ...profile('a', 'VIP'), email: 'ann@example.com' },
    { ...profile('b'), email: 'ann@example.com' },
    { ...profile('c'), email: 'bob@example.com' },
  );
  const { result } = await verify([entering('ann@example.com'), entering('bob@example.com')], {
    kind: 'email',
  });
  expect(result).toEqual({ ...NOTHING, checked: 2, matching: 1, late: 1 });
  expect(braze.sandbox.workspace.statistics.requests['/users/export/ids']).toEqual({ 201: 2 });
});

describe('Braze that is away', () => {
  test('until the deadline: nothing is claimed, and the sentence says why', async () => {
    await braze.sandbox.close();
    const { result, corrections, waits } = await verify([entering('a')], {
      deadlineSeconds: 0.05,
      meanwhile: () => new Promise((resolve) => setTimeout(resolve, 10)),
    });
    expect(result).toMatchObject({ checked: 0, matching: 0, late: 0 });
    expect(result.skipped).toMatch(/^Braze stopped answering before everything was read: /);
    expect(result.incomplete).toBeUndefined();
    expect(corrections).toEqual([]);
    expect(waits.length).toBeGreaterThan(0);
  });

  test('for a while is waited out, for as long as it asks', async () => {
    await profiles(profile('a', 'VIP'));
    const { faults } = braze.sandbox.workspace;
    const path = '/users/export/ids';
    faults.add({ path, match: { next: 1 }, fault: { kind: 'status', status: 503 } });
    faults.add({ path, match: { next: 1 }, fault: { kind: 'status', status: 429, retryAfterS: 7 } });
    const { result, waits } = await verify([entering('a')], { deadlineSeconds: 3_600 });
    expect(result).toEqual({ ...NOTHING, checked: 1, matching: 1 });
    // In steps that leave room for heartbeats; the reset is a whole second of the clock, hence up to one less.
    expect(Math.max(...waits)).toBeLessThanOrEqual(2_000);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(5_000);
  });

  test('half-way: what was read before counts, and what was not is neither late nor missing', async () => {
    const members = Array.from({ length: 60 }, (_, at) => entering(`u${at}`));
    await profiles(...members.map(({ id }) => profile(id, 'VIP')));
    braze.sandbox.workspace.faults.add({
      match: { every: 1 },
      skip: 1,
      fault: { kind: 'status', status: 500 },
    });
    const { result, corrections } = await verify(members);
    expect(result).toMatchObject({ checked: 50, matching: 50, late: 0, notInBraze: 0 });
    expect(result.incomplete).toContain('Braze stopped answering');
    expect(result.skipped).toBeUndefined();
    expect(corrections).toEqual([]);
  });
});

test('a key that may not read ends the activity: waiting would not help', async () => {
  braze.sandbox.workspace.keys.add({ key: TEST_KEY, scopes: ['users.track'] });
  await expect(verify([entering('a')], { deadlineSeconds: 3_600 })).rejects.toMatchObject({
    type: 'BRAZE_PERMISSION_MISSING',
    nonRetryable: true,
  });
});

test('a run that is cancelled stops reading', async () => {
  await profiles(profile('a'));
  const environment = newEnvironment();
  const cancelled = verify([entering('a')], {
    environment,
    deadlineSeconds: 3_600,
    meanwhile: () => environment.cancel(),
  });
  await expect(cancelled).rejects.toThrow();
});

test('heartbeats tell how far it is, and name nobody', async () => {
  await profiles(profile('here', 'VIP'), profile('missing'));
  const environment = newEnvironment();
  const details: unknown[] = [];
  environment.on('heartbeat', (progress: unknown) => details.push(structuredClone(progress)));
  await verify([entering('here'), entering('missing')], { environment });
  expect(details).toEqual([{ checked: 2, settled: 1 }]);
});

test('heartbeats go out while Braze is still asked, and end with the activity', async () => {
  await profiles(profile('here', 'VIP'));
  // Only the interval is the test's: sockets keep their own clocks.
  jest.useFakeTimers({
    doNotFake: [
      'Date',
      'performance',
      'nextTick',
      'queueMicrotask',
      'setTimeout',
      'setImmediate',
      'clearTimeout',
    ],
  });
  try {
    const environment = newEnvironment();
    const details: unknown[] = [];
    environment.on('heartbeat', (progress: unknown) => details.push(progress));
    const attributeCap = () => {
      jest.advanceTimersByTime(10_000);
      return Promise.resolve(undefined);
    };
    await verify([entering('here')], { environment, ports: { attributeCap } });
    expect(details).toEqual([
      { checked: 0, settled: 0 },
      { checked: 0, settled: 0 },
      { checked: 1, settled: 1 },
    ]);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
