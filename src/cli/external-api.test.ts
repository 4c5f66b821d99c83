import { PassThrough } from 'node:stream';
import { createTestDatabase, type TestDatabase } from '../../test/postgres/database';
import { fault } from '../contract/errors';
import { untestedSentence } from '../domain/stream/api-gate';
import { runCli } from './program';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

async function run(args: string[], files: Record<string, unknown> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const read: string[] = [];
  const code = await runCli(args, {
    env: { BRAZIER_DATABASE_URL: 'env:DB', DB: own.url },
    stderr: new PassThrough(),
    print: (line) => out.push(line),
    tell: (line) => err.push(line),
    read: (path) => {
      read.push(path);
      return Promise.resolve(JSON.stringify(files[path]));
    },
    connect: () => Promise.resolve(fault('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.')),
    onInterrupt: () => () => undefined,
    pollMs: 50,
  });
  return { code, out: out.join('\n'), err: err.join('\n'), read };
}

const lead = (field: string) => ({
  name: 'lead-profile',
  channel: 'profile',
  payload: { attributes: [{ external_id: '{{ id }}', [field]: '{{ plan }}' }] },
  parameters: { id: {}, plan: { required: false, default: 'free' } },
});

beforeAll(async () => {
  for (const field of ['plan', 'tier']) {
    const args = ['external-api', 'save', '--file', 'lead.json', '--by', 'Ada'];
    expect((await run(args, { 'lead.json': lead(field) })).code).toBe(0);
  }
});

test('the version that is asked for is shown, with the defaults of its parameters', async () => {
  const show = (...args: string[]) => run(['external-api', 'show', 'lead-profile', ...args]);
  const first = await show('--version', '1');
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/version +1, saved/);
  expect(first.out).toMatch(
    /PARAMETER +TYPE +REQUIRED +DEFAULT +FILLED BY\nid +string +yes +– +each person\n/,
  );
  expect(first.out).toMatch(/plan +string +no +"free" +each person/);
  expect(JSON.parse((await show('--version', '1', '--json')).out)).toMatchObject({
    version: 1,
    definition: { payload: { attributes: [{ plan: '{{ plan }}' }] } },
  });
  expect((await show()).out).toMatch(/version +2, saved/);
  const none = await show('--version', '9');
  expect(none).toMatchObject({ code: 11, out: '' });
  expect(none.err).toContain('EXTERNAL_API_UNKNOWN: No External API "lead-profile" version 9 is saved.');
  expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
});

test('whoever saves one says who it is', async () => {
  expect(await run(['external-api', 'save', '--file', 'lead.json'])).toMatchObject({ code: 2, read: [] });
});

test('the command that the gate names is one that there is', async () => {
  const subject = { integration: 'shop', externalApi: 'lead-profile', version: 2 };
  const [, command = ''] = /brazier (.*)$/.exec(untestedSentence(subject)) ?? [];
  const tested = await run(command.split(' '), { 'values.json': { id: 'test-person-1' } });
  // All that it lacks here is a Temporal.
  expect(tested).toMatchObject({ code: 13, read: ['values.json'] });
});

test.each([
  [['--integration', 'shop'], 'name a saved External API, or give --file'],
  [['lead-profile'], 'name the integration to test on'],
  [['lead-profile', '--integration', 'shop', '--file', 'x'], 'name a saved External API, or give --file'],
  [['--file', 'x', '--values', 'y'], '--values and --version belong to a saved External API'],
  [['--file', 'x', '--version', '1'], '--values and --version belong to a saved External API'],
])('a test with %j is refused as typed wrong', async (args, message) => {
  const refused = await run(['external-api', 'test', ...args]);
  expect(refused).toMatchObject({ code: 2, read: [] });
  expect(refused.err).toContain(message);
});

test('values that Temporal would not keep are refused by name before it is asked', async () => {
  const args = ['external-api', 'test', 'lead-profile', '--integration', 'shop', '--values', 'v.json'];
  const { code, err } = await run(args, { 'v.json': { id: 'u', bio: 'x'.repeat(3_000_000) } });
  expect(code).toBe(11);
  expect(err).toMatch(/INPUT_INVALID: The input has 3,000,\d{3} bytes; .* Most of it is in values\.bio\./);
});

test('everything that is wrong with a definition is told at once', async () => {
  const unmarked = { ...lead('plan'), channel: undefined };
  const payload = { attributes: [{ external_id: '{{ id }}', plan: '{{ plam }}', api_key: 'abcdef-123456' }] };
  const args = ['external-api', 'save', '--file', 'lead.json', '--by', 'Ada'];
  const { code, err } = await run(args, { 'lead.json': { ...unmarked, payload } });
  expect(code).toBe(10);
  for (const problem of [
    'channel: is missing',
    'payload.attributes[0].plan: has the hole plam, which is not among the parameters',
    'payload.attributes[0].api_key: looks like a secret',
    'parameters.plan: is used nowhere',
  ])
    expect(err).toContain(problem);
  expect(err).not.toContain('abcdef');
});
