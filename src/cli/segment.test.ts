import { PassThrough } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { createTestDatabase, type TestDatabase } from '../../test/postgres/database';
import { success } from '../contract/errors';
import { emptyState } from '../domain/stream/profile-state';
import { bucketOf } from '../domain/stream/sharding';
import { type ProfileState } from '../domain/stream/vocabulary';
import { type CliIo } from './io';
import { runCli } from './program';

const DAY_MS = 86_400_000;

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

async function run(
  args: string[],
  file?: unknown,
  env: NodeJS.ProcessEnv = {},
  connect: CliIo['connect'] = () => Promise.reject(new Error('no Temporal is needed')),
) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    env: { BRAZIER_DATABASE_URL: 'env:DB', DB: own.url, ...env },
    stderr: new PassThrough(),
    print: (line) => out.push(line),
    tell: (line) => err.push(line),
    read: () => Promise.resolve(JSON.stringify(file)),
    connect,
    onInterrupt: () => () => undefined,
    pollMs: 50,
  });
  return { code, out, err };
}

function buyer(profileId: number, ...daysAgo: number[]): ProfileState {
  const recent = daysAgo.map((days) => Date.now() - days * DAY_MS).sort((a, b) => a - b);
  const [firstAt = 0] = recent;
  const lastAt = recent.at(-1) ?? 0;
  return {
    ...emptyState(String(profileId), firstAt),
    events: { Purchase: { count: recent.length, firstAt, lastAt, recent } },
  };
}

async function store(integration: string, states: readonly ProfileState[], mergedInto: string | null = null) {
  const done = await own.database.transaction(async (queries) => {
    for (const state of states) {
      await queries.execute(
        `INSERT INTO brazier.profile (id, integration, bucket, merged_into) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4)`,
        [state.profileId, integration, bucketOf(state.profileId), mergedInto],
      );
      await queries.execute(
        `INSERT INTO brazier.profile_state (profile_id, integration, bucket, state) VALUES ($1, $2, $3, $4::jsonb)`,
        [state.profileId, integration, bucketOf(state.profileId), JSON.stringify(state)],
      );
    }
  });
  expect(done.ok).toBe(true);
}

const third = {
  integration: 'shop',
  name: 'third-purchase',
  condition: { event: 'Purchase', atLeast: 3 },
};
const lapsed = {
  integration: 'shop',
  name: 'lapsed',
  condition: {
    all: [
      { event: 'Purchase', atLeast: 1 },
      { event: 'Purchase', atMost: 0, withinDays: 30 },
    ],
  },
};

test('a segment is saved, listed and shown; the same again makes no new version', async () => {
  const save = ['segment', 'save', '--file', 'x.json', '--by', 'Ada', '--json'];
  expect(JSON.parse((await run(save, third)).out[0] ?? '')).toMatchObject({
    name: 'third-purchase',
    version: 1,
  });
  expect(JSON.parse((await run(save, third)).out[0] ?? '')).toMatchObject({ version: 1 });
  const stricter = { ...third, condition: { event: 'Purchase', atLeast: 4 } };
  expect(JSON.parse((await run(save, stricter)).out[0] ?? '')).toMatchObject({ version: 2 });
  const listed = await run(['segment', 'list', 'shop']);
  expect(listed.out.join('\n')).toMatch(/third-purchase\s+2 /);
  const shown = await run(['segment', 'show', 'shop', 'third-purchase', '--segment-version', '1']);
  expect(shown.out.join('\n')).toContain('"atLeast": 3');
  expect((await run(['segment', 'list', 'other'])).out).toEqual([
    'There is no segment yet: brazier segment save --help',
  ]);
});

test('a preview counts everybody once: inside, and by time alone', async () => {
  const many = Array.from({ length: 1200 }, (_, index) => buyer(index + 1, 1, 2));
  await store('counted', [...many, buyer(2001, 1, 5, 9), buyer(2002, 40)]);
  await store('counted', [buyer(2003, 1, 2, 3)], '2001');
  await store('another', [buyer(3001, 1, 2, 3)]);
  const preview = ['segment', 'preview', '--file', '-', '--json', '--sample', '3'];
  const counted = await run(preview, { ...third, integration: 'counted' });
  expect(JSON.parse(counted.out[0] ?? '')).toMatchObject({
    people: 1202,
    inside: 1,
    willEnter: 0,
    willLeave: 0,
    sample: { inside: ['2001'], willEnter: [] },
  });
  const waiting = await run(preview, { ...lapsed, integration: 'counted' });
  const told = JSON.parse(waiting.out[0] ?? '') as { sample: { willEnter: string[] }; nextEntryAt: string };
  expect(told).toMatchObject({ people: 1202, inside: 1, willEnter: 1201, willLeave: 0 });
  expect(told.sample.willEnter).toHaveLength(3);
  expect(Math.round((Date.parse(told.nextEntryAt) - Date.now()) / DAY_MS)).toBe(29);
});

test('a saved segment is previewed by name, for people, and names nobody unless asked', async () => {
  await run(['segment', 'save', '--file', 'x.json', '--by', 'Ada'], { ...lapsed, integration: 'named' });
  await store('named', [buyer(4001, 50), buyer(4002, 3)]);
  const { code, out } = await run(['segment', 'preview', 'named', 'lapsed']);
  expect(code).toBe(0);
  const text = out.join('\n');
  expect(text).toMatch(/people +2/);
  expect(text).toMatch(/inside +1 at/);
  expect(text).toMatch(/will enter +1 by time alone, the first at/);
  expect(text).not.toContain('4001');
});

test.each([
  [['segment', 'show', 'shop', 'nobody'], undefined, {}, 11, /no segment "nobody"/],
  [
    ['segment', 'save', '--file', 'x', '--by', 'Ada'],
    { ...third, condition: {} },
    {},
    11,
    /condition: needs one of/,
  ],
  [['segment', 'list', 'shop'], undefined, { BRAZIER_DATABASE_URL: '' }, 11, /names no database/],
  [
    ['segment', 'list', 'shop'],
    undefined,
    { BRAZIER_DATABASE_URL: 'postgres://u:hidden@h/d' },
    10,
    /has to be a reference/,
  ],
  [['segment', 'list', 'shop'], undefined, { DB: '' }, 10, /cannot be read/],
  [['segment', 'preview', 'shop'], undefined, {}, 2, /name an integration and a segment/],
])('%j is refused, and says by whom it is mended', async (args, file, env, code, message) => {
  const refused = await run(args, file, env);
  expect(refused.code).toBe(code);
  expect(refused.err.join('\n')).toMatch(message);
  expect(refused.err.join('\n')).not.toContain('hidden');
});

async function connect() {
  const connection = await Connection.connect({
    address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '',
  });
  return success({ connection, client: new Client({ connection }) });
}

test('an integration that there is none of is told as such, and may get a segment before it is set up', async () => {
  const segment = { ...third, integration: 'unheard-of' };
  for (const [args, file] of [
    [['segment', 'list', 'unheard-of']],
    [['segment', 'show', 'unheard-of', 'third-purchase']],
    [['segment', 'preview', 'unheard-of', 'third-purchase']],
    [['segment', 'preview', '--file', 'x.json'], segment],
    [['dead-letters', 'list', 'unheard-of']],
    [['dead-letters', 'export', 'unheard-of']],
    [['dead-letters', 'redrive', 'unheard-of', '--by', 'Ada']],
    [['dead-letters', 'discard', 'unheard-of']],
    [['engagement', 'tail', 'unheard-of']],
  ] as const) {
    const { code, out, err } = await run([...args], file, {}, connect);
    expect({ args, code, out }).toEqual({ args, code: 11, out: [] });
    expect(err.join()).toContain('INTEGRATION_UNKNOWN: There is no integration "unheard-of".');
  }
  const saved = await run(['segment', 'save', '--file', 'x', '--by', 'Ada'], segment, {}, connect);
  expect(saved.code).toBe(0);
  expect(saved.err).toEqual([
    'There is no integration "unheard-of" yet: the segment is of use once it is set up.',
  ]);
  const by = await own.database.run((queries) =>
    queries.query("SELECT saved_by FROM brazier.segment_version WHERE integration = 'unheard-of'"),
  );
  expect(by).toEqual({ ok: true, value: [{ saved_by: 'Ada' }] });
  expect(await run(['segment', 'save', '--file', 'x'], segment)).toMatchObject({ code: 2 });
  // Without a Temporal that could be asked it is found to have nothing.
  const unasked = await run(['dead-letters', 'list', 'unheard-of']);
  expect(unasked).toMatchObject({ code: 0, out: ['There is no such dead letter.'] });
  expect(unasked.err.join()).toContain('could not be asked');
});
