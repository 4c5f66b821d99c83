import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from '../../src/cli/program';
import { type ImportProfilesInput } from '../../src/contract/profile-import';
import { setUp, startTestStack, type TestStack } from './test-stack';

const ROWS = 20_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ gateway: false });
  await setUp(stack, 'shop');
}, 120_000);
afterAll(() => stack.close());

async function show(...by: string[]): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const code = await runCli(['profile', 'show', '--integration', 'shop', ...by], {
    env: stack.stack.env,
    stderr: new PassThrough(),
    print: (line) => out.push(line),
    tell: (line) => out.push(line),
    read: () => Promise.reject(new Error('not needed')),
    connect: () => Promise.reject(new Error('not needed')),
    onInterrupt: () => () => undefined,
    pollMs: 50,
  });
  return { code, out: out.join('\n') };
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
