import { type Outcome, fault, success } from '../../contract/errors';
import { type SecretReference } from '../../contract/integration';

/** Where secrets come from. */
export interface SecretSources {
  /** References that the operator declared; no other one resolves. */
  declared: readonly SecretReference[];
  env: Readonly<Record<string, string | undefined>>;
  readFile: (path: string) => Promise<string>;
}

/** Resolves declared references, and nothing else. */
export interface SecretStore {
  resolve(reference: SecretReference): Promise<Outcome<string>>;
}

/** A store that reads anew at each call, so that a rotated secret is used without a restart. */
export function createSecretStore({ declared, env, readFile }: SecretSources): SecretStore {
  const known = new Set(declared);

  async function read(reference: SecretReference): Promise<string | undefined> {
    if (reference.startsWith('env:')) return env[reference.slice('env:'.length)];
    try {
      // Editors and `echo` end a file with a line break that is no part of the secret.
      return (await readFile(reference.slice('file:'.length))).replace(/\r?\n$/, '');
    } catch {
      return undefined;
    }
  }

  return {
    async resolve(reference) {
      if (!known.has(reference)) {
        // Not named: an undeclared reference may be a pasted secret.
        return fault('SECRET_NOT_DECLARED', 'The reference is not among those declared in BRAZIER_SECRETS.');
      }
      const secret = await read(reference);
      if (secret === undefined || secret.trim() === '') {
        return fault(
          'SECRET_UNREADABLE',
          `The secret at ${reference} is empty or cannot be read by this process.`,
        );
      }
      return success(secret);
    },
  };
}
