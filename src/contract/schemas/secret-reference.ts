import { z } from 'zod';
import { type SecretReference } from '../integration';

const ENVIRONMENT = /^env:[A-Z_][A-Z0-9_]*$/;
/** The same as a pattern, for JSON Schemas. */
const FORM = '^(env:[A-Z_][A-Z0-9_]*|file:/[^\\u0000\\r\\n]+)$';
const FILE = /^file:\/[^\0\r\n]+$/;

/**
 * Whether a text names a secret instead of being one. Only upper-case variable names count, so that a key pasted after
 * `env:` is still seen as what it is.
 */
export function isSecretReference(text: unknown): text is SecretReference {
  return typeof text === 'string' && (ENVIRONMENT.test(text) || FILE.test(text));
}

/** A reference to a secret; anything else in its place is taken for the secret itself. */
export const secretReferenceSchema = z
  .custom<SecretReference>(isSecretReference, {
    params: { code: 'SECRET_LITERAL' },
    error: ({ input }) =>
      input === undefined
        ? 'is missing; name a secret that the operator declared, as env:NAME or file:/path'
        : 'holds a value where only a reference (env:NAME or file:/path) may stand',
  })
  .meta({ type: 'string', pattern: FORM });
