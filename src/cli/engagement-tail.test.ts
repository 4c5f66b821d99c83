import { PassThrough } from 'node:stream';
import { createTestDatabase, type TestDatabase } from '../../test/postgres/database';
import { runCli } from './program';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
  const written = await own.database.transaction(async (queries) => {
    await queries.execute(
      `INSERT INTO brazier.profile (id, integration, bucket, external_id) OVERRIDING SYSTEM VALUE VALUES (7, 'shop', 1, 'ann')`,
    );
    await queries.execute(
      `INSERT INTO brazier.call (integration, layout, shard, profile_id, engagement, action, external_api, version, event_id,
         state, reason, captured_at, answered_at)
       VALUES ('shop', 1, 0, 7, 'third', 'entry', 'api', 1, 'order-1', 'delivered', NULL, now() - interval '40 ms', now()),
         ('shop', 1, 0, 7, 'third', 'exit', 'api', 1, NULL, 'refused', 'BRAZE_REFUSED: no such user', NULL, now() + interval '1 ms'),
         ('shop', 1, 0, 7, 'other', 'entry', 'api', 1, 'order-1', 'delivered', NULL, now(), now())`,
    );
  });
  expect(written.ok).toBe(true);
});
afterAll(() => own.close());

async function tail(interrupt: boolean, ...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(['engagement', 'tail', 'shop', '--since', '1h', ...args], {
    env: { BRAZIER_DATABASE_URL: 'env:DB', DB: own.url },
    stderr: new PassThrough(),
    print: (line) => out.push(line),
    tell: (line) => err.push(line),
    read: () => Promise.reject(new Error('nothing is read')),
    connect: () => Promise.reject(new Error('no Temporal is needed')),
    onInterrupt: (listener) => {
      if (interrupt) setTimeout(listener, 500);
      return () => undefined;
    },
    pollMs: 20,
  });
  return { code, out, err };
}

test('calls are printed as they end, without people, until so many have ended', async () => {
  const { code, out } = await tail(false, '--engagement', 'third', '--count', '2');
  expect(code).toBe(0);
  expect(out).toHaveLength(2);
  expect(out[0]).toMatch(/^\S+Z {2}third {2}entry {2}order-1 {2}delivered {2}40 ms$/);
  expect(out[1]).toMatch(/third {2}exit {2}- {2}refused {2}- {2}Told with --show-people, since/);
});

test('people are printed where that is asked for, and one JSON object a line', async () => {
  const shown = await tail(false, '--engagement', 'third', '--count', '1', '--show-people');
  expect(shown.out[0]).toContain('profile 7  ann');
  const both = await tail(false, '--engagement', 'third', '--count', '2', '--show-people');
  expect(both.out[1]).toMatch(/profile 7 {2}ann {2}BRAZE_REFUSED: no such user$/);
  const hidden = await tail(false, '--engagement', 'third', '--count', '2', '--json');
  expect(hidden.out[1]).not.toContain('no such user');
  const json = await tail(false, '--engagement', 'third', '--count', '1', '--json');
  const call: unknown = JSON.parse(json.out[0] ?? '');
  expect(call).toMatchObject({ engagement: 'third', eventId: 'order-1', state: 'delivered', latencyMs: 40 });
  expect(call).not.toHaveProperty('profileId');
  expect(call).not.toHaveProperty('externalId');
});

test('without a number it goes on until it is interrupted, and prints nothing twice', async () => {
  const { code, out, err } = await tail(true);
  expect(err.at(-1)).toMatch(/^Following calls that end from \S+Z on; Ctrl-C ends this\.$/);
  expect(code).toBe(0);
  expect(out).toHaveLength(3);
});
