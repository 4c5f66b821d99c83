import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptKeys } from './stack-keys';

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'brazier-keys-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

test('a stack that starts again in its folder has the keys that it had', async () => {
  const first = await keptKeys(dir);
  expect(await keptKeys(dir)).toEqual(first);
  expect(new Set(Object.values(first)).size).toBe(6);
});

test('only the owner can read them, also where the file was open to others before', async () => {
  await writeFile(join(dir, 'keys.json'), '{}', { mode: 0o644 });
  await keptKeys(dir);
  expect((await stat(join(dir, 'keys.json'))).mode & 0o777).toBe(0o600);
});

test('what a cut file lacks is made up, what it holds stays', async () => {
  await writeFile(join(dir, 'keys.json'), '{"braze":"kept-key"}');
  const keys = await keptKeys(dir);
  expect(keys.braze).toBe('kept-key');
  expect(keys.events).toHaveLength(48);
  await writeFile(join(dir, 'keys.json'), '{"braze":"ke');
  expect((await keptKeys(dir)).braze).toHaveLength(36);
});
