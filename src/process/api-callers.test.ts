import { createSecretStore } from '../adapters/secrets/secrets';
import { type ApiKeySetting } from '../config/api-keys';
import { resolveApiCallers } from './api-callers';

const setting = (name: string): ApiKeySetting => ({
  name,
  permissions: ['read'],
  reference: `env:${name.toUpperCase()}`,
});

function resolve(keys: Record<string, string>) {
  const settings = Object.keys(keys).map((name) => setting(name.toLowerCase()));
  const declared = settings.map(({ reference }) => reference);
  const store = createSecretStore({ declared, env: keys, readFile: () => Promise.reject(new Error('none')) });
  return resolveApiCallers(store, settings);
}

const LONG = 'k'.repeat(32);

it('gives every caller its key', async () => {
  expect(await resolve({ A: LONG, B: `${LONG}b` })).toEqual({
    ok: true,
    value: [
      { name: 'a', permissions: ['read'], key: LONG },
      { name: 'b', permissions: ['read'], key: `${LONG}b` },
    ],
  });
});

it.each<[Record<string, string>, string]>([
  [{ A: 'k'.repeat(31) }, 'at least 32'],
  [{ A: `${LONG} ${LONG}` }, 'without spaces'],
  [{ A: LONG, B: LONG }, 'is also that of "a"'],
  [{ A: '' }, 'empty'],
])('refuses a key that is unusable: %#', async (keys, reason) => {
  const refused = await resolve(keys);
  expect(refused).toMatchObject({ ok: false, fault: { code: 'SECRET_UNREADABLE' } });
  expect(refused.ok ? '' : refused.fault.message).toContain(reason);
  expect(JSON.stringify(refused)).not.toContain(LONG);
});
