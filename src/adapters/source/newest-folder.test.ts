import { openSourceWorld, type SourceWorld } from '../../../test/activities/source-world';
import { type AudienceSource } from '../../contract/activation';
import { completeListing, location } from './listing';

let world: SourceWorld;
let parent: string;
let parents = 0;
beforeAll(async () => (world = await openSourceWorld()));
afterAll(() => world.close());
beforeEach(() => (parent = `daily/${(parents += 1)}`));

const put = (name: string, content = 'id\na\n') => world.bucket.put(`${parent}/${name}`, content);

/** Nothing but `_SUCCESS` makes a folder complete: it would have to be quiet for an hour. */
const source = (): AudienceSource => ({
  format: 'csv',
  compression: 'none',
  csv: { delimiter: ',', quote: '"', escape: '"' },
  idColumn: 'id',
  identifier: 'external_id',
  quietSeconds: 3_600,
  newestUnder: parent,
});

const placeOf = (folder: string, under = parent) =>
  location(world.bucket, { ...source(), prefix: `${under}/${folder}/` });

/** Which folder is read, or the failure. */
async function newest(readBefore?: string): Promise<unknown> {
  const notBefore = readBefore === undefined ? undefined : placeOf(readBefore);
  const listed = await completeListing(world.bucket, source(), { notBefore });
  return listed.ok ? listed.value.source.prefix?.slice(parent.length + 1) : listed.fault;
}

async function complete(folder: string): Promise<void> {
  await put(`${folder}/part.csv`);
  await put(`${folder}/_SUCCESS`, '');
}

/** A folder as its producer leaves it that has begun to write it again. */
async function rewrite(folder: string): Promise<void> {
  await world.bucket.delete(`${parent}/${folder}/_SUCCESS`);
  await put(`${folder}/part.csv`, 'id\nb\n');
}

test('the last complete folder by name is read, and one that is still being written is passed over', async () => {
  await complete('2026-11-21');
  await complete('2026-11-20');
  await put('2026-11-22/part.csv');
  expect(await newest()).toBe('2026-11-21/');
  expect(await newest('2026-11-21')).toBe('2026-11-21/');
  await put('2026-11-22/_SUCCESS', '');
  expect(await newest('2026-11-21')).toBe('2026-11-22/');
});

test('hidden folders and bare files are no folders with data', async () => {
  await complete('_temporary');
  await complete('.staging');
  await put('2026-11-22.csv');
  expect(await newest()).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
});

test('a folder that was read and is written again is waited for, not replaced by an older one', async () => {
  await complete('2026-11-21');
  await complete('2026-11-22');
  expect(await newest('2026-11-22')).toBe('2026-11-22/');
  await rewrite('2026-11-22');
  const waits = { code: 'SOURCE_NOT_QUIET', message: expect.stringContaining('2026-11-22/') };
  expect(await newest('2026-11-22')).toMatchObject(waits);
  expect(await newest('2026-11-21')).toBe('2026-11-21/');
  await put('2026-11-23/part.csv');
  expect(await newest('2026-11-22')).toMatchObject({ code: 'SOURCE_NOT_QUIET' });
  await put('2026-11-23/_SUCCESS', '');
  expect(await newest('2026-11-22')).toBe('2026-11-23/');
});

test('a folder that was read and has been emptied is waited for, and the older one is named', async () => {
  await complete('2026-11-21');
  expect(await newest('2026-11-22')).toEqual({
    code: 'SOURCE_NOT_QUIET',
    message: `${placeOf('2026-11-22')} was read before and is not complete now; ${placeOf('2026-11-21')} is older and is not taken instead.`,
    retryAfterMs: 60_000,
  });
});

test('a folder that was read elsewhere says nothing about these', async () => {
  await complete('2026-11-21');
  const notBefore = placeOf('2026-11-22', 'zz-elsewhere');
  expect(await completeListing(world.bucket, source(), { notBefore })).toMatchObject({ ok: true });
});

test('one that is marked complete and holds nothing is not passed over', async () => {
  await complete('2026-11-21');
  await put('2026-11-22/_SUCCESS', '');
  expect(await newest()).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
});
