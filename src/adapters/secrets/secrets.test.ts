import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SecretReference } from '../../contract/integration';
import { createSecretStore } from './secrets';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brazier-secrets-'));
});
afterAll(() => rm(folder, { recursive: true }));

function storeOf(declared: SecretReference[], env: Record<string, string> = {}) {
  return createSecretStore({ declared, env, readFile: (path) => readFile(path, 'utf8') });
}

test('resolves declared references only', async () => {
  const store = storeOf(['env:KEY'], { KEY: 'k1', OTHER: 'k2' });
  expect(await store.resolve('env:KEY')).toEqual({ ok: true, value: 'k1' });
  const refused = await store.resolve('env:OTHER');
  expect(refused).toMatchObject({ ok: false, fault: { code: 'SECRET_NOT_DECLARED' } });
  expect(JSON.stringify(refused)).not.toMatch(/OTHER|k2/);
});

test('reads a file anew each time, without its last line break', async () => {
  const path = join(folder, 'key');
  const store = storeOf([`file:${path}`]);
  expect(await store.resolve(`file:${path}`)).toMatchObject({
    ok: false,
    fault: { code: 'SECRET_UNREADABLE' },
  });
  await writeFile(path, 'first\n');
  expect(await store.resolve(`file:${path}`)).toEqual({ ok: true, value: 'first' });
  await writeFile(path, 'second\r\n');
  expect(await store.resolve(`file:${path}`)).toEqual({ ok: true, value: 'second' });
});

test('an unset or blank secret is unreadable', async () => {
  const store = storeOf(['env:UNSET', 'env:BLANK'], { BLANK: ' ' });
  expect(await store.resolve('env:UNSET')).toMatchObject({ fault: { code: 'SECRET_UNREADABLE' } });
  expect(await store.resolve('env:BLANK')).toMatchObject({ fault: { code: 'SECRET_UNREADABLE' } });
});
