import { type SecretStore } from '../adapters/secrets/secrets';
import { type ApiKeySetting } from '../config/api-keys';
import { fault, success, type Outcome } from '../contract/errors';
import { type ApiCaller } from '../gateway/api/callers';

/** Shorter keys can be guessed by a patient caller. */
const MIN_KEY_LENGTH = 32;

/** Reads the key of every caller; a key that is unusable is found out at the start, not by the first call. */
export async function resolveApiCallers(
  store: SecretStore,
  settings: readonly ApiKeySetting[],
): Promise<Outcome<ApiCaller[]>> {
  const callers: ApiCaller[] = [];
  for (const { name, permissions, reference } of settings) {
    const key = await store.resolve(reference);
    if (!key.ok) return key;
    const problem = keyProblem(key.value, callers);
    if (problem !== undefined)
      return fault('SECRET_UNREADABLE', `BRAZIER_API_KEYS: the key of "${name}" ${problem}.`);
    callers.push({ name, permissions, key: key.value });
  }
  return success(callers);
}

/** What makes a key unusable beside the keys of others. */
export function keyProblem(
  key: string,
  others: readonly Pick<ApiCaller, 'name' | 'key'>[],
): string | undefined {
  if (key.length < MIN_KEY_LENGTH) return `must have at least ${MIN_KEY_LENGTH} characters`;
  // It has to pass through a header in one piece.
  if (!/^[\x21-\x7e]+$/.test(key)) return 'must be printable ASCII without spaces';
  const same = others.find((other) => other.key === key);
  return same === undefined ? undefined : `is also that of "${same.name}"`;
}
