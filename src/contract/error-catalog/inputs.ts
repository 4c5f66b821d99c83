import { entry, type ErrorEntry } from './entry';

/** What is wrong with an input, whatever it is for. */
export const INPUT_ERRORS = {
  INPUT_INVALID: entry(
    'settingsOwner',
    false,
    'A field of the input is missing or wrong; the message names it. Correct it and start again.',
  ),
  SECRET_LITERAL: entry(
    'credentialOwner',
    false,
    'The input holds a secret itself where only a reference (`env:NAME`, `file:/path`) may stand. Use a reference. Whatever was started all the same, as from Temporal’s own page, has been kept by Temporal: rotate that secret.',
  ),
  SECRET_NOT_DECLARED: entry(
    'settingsOwner',
    false,
    'The reference is not among those that the operator declared in BRAZIER_SECRETS. Declare it there or use a declared one.',
  ),
  SECRET_UNREADABLE: entry(
    'credentialOwner',
    false,
    'The declared secret is empty or cannot be read on the worker. Provide it to the worker process.',
  ),
  TERMS_NOT_ACCEPTED: entry(
    'person',
    false,
    'The terms were not accepted in their present version (docs/terms.md). Someone entitled to has to accept them by name.',
  ),
} as const satisfies Record<string, ErrorEntry>;
