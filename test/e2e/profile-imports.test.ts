import { setTimeout as sleep } from 'node:timers/promises';
import { type ImportProfilesInput } from '../../src/contract/profile-import';
import { runCommand } from './run-command';
import { setUp, startTestStack, type TestStack } from './test-stack';

const ROWS = 20_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ gateway: false });
  await setUp(stack, 'shop');
}, 120_000);
afterAll(() => stack.close());

function show(...by: string[]) {
  return brazier('profile', 'show', '--integration', 'shop', ...by);
}

function brazier(...args: string[]) {
  return runCommand(stack, args);
}

test('an import whose worker is killed goes on where it was, and a second one changes nothing', async () => {
  const rows = Array.from({ length: ROWS }, (_, n) => `c-${n},Person${n}@Example.com,gold,${n}`);
  const key = 'people.csv';
  expect((await stack.exchange.put(key, `id,mail,plan,n\n${rows.join('\n')}\n`)).ok).toBe(true);
  const input: ImportProfilesInput = {
    integration: 'shop',
    source: { key },
    identifiers: { externalId: 'id', email: 'mail' },
    traits: { plan: 'plan' },
    by: 'Ada',
  };
  const run = await stack.client.importProfiles(input);
  while (((await run.progress())?.row ?? 0) === 0) await sleep(20);
  await stack.stack.worker?.kill();
  const before = await run.progress();
  expect(before?.row).toBeLessThan(ROWS);
  await stack.stack.startWorker();
  const result = await run.result();
  expect(result).toMatchObject({ rows: ROWS, rejected: 0, reasons: [] });
  expect(result.accepted + result.duplicates).toBe(ROWS);
  // Only the group that was under way when the worker died may count as known.
  expect(result.duplicates).toBeLessThanOrEqual(500);
  const again = await (await stack.client.importProfiles(input)).result();
  expect(again).toMatchObject({ accepted: 0, duplicates: ROWS, etag: result.etag });
  let shown = await show('--email', `person${ROWS - 1}@example.com`);
  while (shown.out.includes('No worker has worked off')) {
    await sleep(200);
    shown = await show('--email', `person${ROWS - 1}@example.com`);
  }
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/externalId +c-19999/);
  expect(shown.out).toContain('"gold"');
  expect(await show('--phone', '1')).toMatchObject({
    code: expect.any(Number),
    out: expect.stringContaining('PROFILE_UNKNOWN'),
  });
}, 300_000);

test('an import that is cancelled ends by itself, and is told of as what it is', async () => {
  const many = Array.from({ length: 20 * ROWS }, (_, n) => `d-${n}`);
  const key = 'many.csv';
  expect((await stack.exchange.put(key, `id\n${many.join('\n')}\n`)).ok).toBe(true);
  const input = { integration: 'shop', source: { key }, identifiers: { externalId: 'id' }, by: 'Ada' };
  const run = await stack.client.importProfiles(input);
  while (((await run.progress())?.row ?? 0) === 0) await sleep(20);
  const running = await brazier('status', run.workflowId);
  expect(running).toMatchObject({ code: 0, out: expect.stringMatching(/importProfiles\n.*running\n/) });
  expect(running.out).toMatch(/progress +row [\d,]+ of 400,000/);
  const cancelled = await brazier('cancel', run.workflowId);
  expect(cancelled.out).toContain(
    `The import was asked to end; rows that are in stay in. Watch it: brazier status ${run.workflowId} --watch`,
  );
  const watched = await brazier('status', run.workflowId, '--watch', '--json');
  expect(watched.code).toBe(14);
  expect(watched.out.split('\n').at(-1)).toContain('"status":"CANCELLED"');
  expect(await brazier('runs', 'show', run.workflowId)).toMatchObject({ code: 14 });
}, 300_000);
