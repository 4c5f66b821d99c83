import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { startShardWorld, type ShardWorld } from '../../test/stream/shard-world';
import { runCli } from './program';

let world: ShardWorld;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'letters-'));
  world = await startShardWorld();
  await world.post([{ person: 1 }, { person: 2 }, { person: 3 }]);
  const keeping = world.keep(0);
  await world.settled();
  await keeping.end();
  await world.rows(
    `UPDATE brazier.call SET state = 'unknown', reason = 'no answer', request = jsonb_build_object('endpoint', 'users.track',
       'body', jsonb_build_object('events', '[]'::jsonb), 'secrets', '[]'::jsonb, 'isIdempotent', false)
     WHERE profile_id < 3 RETURNING id`,
  );
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

function brazier(...args: string[]) {
  return run('dead-letters', ...args);
}

async function run(...args: string[]) {
  const printed: string[] = [];
  const told: string[] = [];
  const code = await runCli(args, {
    env: { BRAZIER_DATABASE_URL: 'env:OWN', OWN: world.url },
    stderr: new PassThrough(),
    print: (line) => void printed.push(line),
    tell: (line) => void told.push(line),
    read: () => Promise.reject(new Error('nothing to read')),
    connect: () => Promise.reject(new Error('nothing to connect to')),
    onInterrupt: () => () => undefined,
    pollMs: 50,
  });
  return { code, printed, told };
}

test('dead letters are listed in pages, and exported to a file of their own', async () => {
  const all = await brazier('list', 'shop', '--json');
  expect(all.printed.map((line): unknown => JSON.parse(line))).toMatchObject([
    { state: 'unknown' },
    { state: 'unknown' },
  ]);
  expect(all.printed.join()).not.toContain('request');
  expect(all.printed.join()).not.toMatch(/no answer|profileId/);
  const plain = await brazier('list', 'shop');
  expect(plain.printed.join()).not.toMatch(/no answer|PROFILE/);
  const shown = await brazier('list', 'shop', '--show-people');
  expect(shown.printed[0]).toMatch(/PROFILE +REASON/);
  expect(shown.printed[1]).toMatch(/1 +no answer/);
  const people = await brazier('list', 'shop', '--show-people', '--json');
  expect(people.printed.join()).toMatch(/"no answer".*"profileId":"1"/);
  const first = await brazier('list', 'shop', '--limit', '1');
  expect(first.printed).toHaveLength(2);
  const place = /--after (\S+)/.exec(first.told.join())?.[1] ?? '';
  expect((await brazier('list', 'shop', '--after', place, '--json')).printed).toEqual(all.printed.slice(1));
  expect((await brazier('list', 'shop', '--state', 'refused')).printed).toEqual([
    'There is no such dead letter.',
  ]);
  const file = join(folder, 'letters.ndjson');
  expect((await brazier('export', 'shop', '--file', file)).code).toBe(0);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const request = { endpoint: 'users.track' };
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ request }, { request }]);
  expect(statSync(file).mode & 0o077).toBe(0);
  const again = await brazier('export', 'shop', '--file', file, '--json');
  expect(again).toMatchObject({
    code: 2,
    told: [
      `error: --file: ${file} exists already; nothing is written over.`,
      expect.stringContaining('--help'),
    ],
  });
  expect(JSON.parse(again.printed.join())).toMatchObject({ error: { code: 'USAGE', exitCode: 2 } });
  expect(readFileSync(file, 'utf8').trim().split('\n')).toEqual(lines);
  const nowhere = await brazier('export', 'shop', '--file', join(folder, 'none', 'letters.ndjson'));
  expect(nowhere.code).toBe(2);
  expect(nowhere.told.join()).toContain('cannot be written (ENOENT)');
});

test('a re-drive is counted first, and done in the name of somebody', async () => {
  const counted = await brazier('redrive', 'shop', '--json');
  expect(counted).toMatchObject({ code: 14, printed: [expect.stringContaining('"unknown":2')] });
  expect((await brazier('redrive', 'shop', '--dry-run', '--by', 'Ada')).code).toBe(0);
  expect(await world.rows(`SELECT id FROM brazier.call WHERE state = 'planned'`)).toEqual([]);
  const done = await brazier('redrive', 'shop', '--by', 'Ada Example', '--reason', 'ANSWER', '--json');
  expect(done).toMatchObject({ code: 0, printed: [expect.stringContaining('"calls":2')] });
  expect(await world.rows(`SELECT state, redriven_by FROM brazier.call WHERE profile_id < 3`)).toEqual([
    { state: 'planned', redriven_by: 'Ada Example' },
    { state: 'planned', redriven_by: 'Ada Example' },
  ]);
});

test('what is given up is counted first, and is listed no more', async () => {
  await world.rows(
    `UPDATE brazier.call SET state = 'refused', reason = 'X' WHERE profile_id < 3 RETURNING id`,
  );
  expect(await brazier('discard', 'shop', '--json')).toMatchObject({
    code: 14,
    printed: ['{"discarded":false,"refused":2,"unknown":0,"setAside":0}'],
  });
  expect((await brazier('discard', 'shop', '--dry-run', '--by', 'Ada')).code).toBe(0);
  const done = await brazier('discard', 'shop', '--by', 'Ada Example');
  expect(done).toMatchObject({ code: 0, printed: ['2 calls and 0 events are given up.'] });
  const left = `SELECT state, request, discarded_by FROM brazier.call WHERE profile_id < 3`;
  const given = { state: 'discarded', request: null, discarded_by: 'Ada Example' };
  expect(await world.rows(left)).toEqual([given, given]);
  expect((await brazier('list', 'shop')).printed).toEqual(['There is no such dead letter.']);
  expect((await brazier('redrive', 'shop', '--by', 'Ada', '--json')).printed.join()).toContain('"calls":0');
});

test('the shards of a stream are shown with who looks after them, and why events caused no call', async () => {
  await world.post([{ person: 3, name: 'visit' }]);
  const keeping = world.keep(0);
  await world.settled();
  const shown = await run('stream', 'status', 'shop', '--json');
  const { printed } = await run('stream', 'status', 'shop');
  expect((await keeping.end()).noCall).toEqual({ alreadyInside: 1 });
  const status: unknown = JSON.parse(shown.printed.join());
  expect(status).toMatchObject({
    shards: [{ layout: 1, shard: 0, owner: 'tests', cursor: 5, backlog: 0, isHeld: true, isReplaced: false }],
    noCall: { alreadyInside: 1 },
  });
  expect(printed[1]).toMatch(/^1 +0 +held +5 +0 /);
  expect(printed.at(-1)).toBe('events without a call: 1 in the segment already');
  const free = await run('stream', 'status', 'shop');
  expect(free.printed[1]).toContain('free');
  expect((await run('stream', 'status', 'nowhere')).code).toBe(11);
});
