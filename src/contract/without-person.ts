import { isErrorCode } from './errors';

/** What is told of a call or a dead letter. */
interface Personal {
  state: string;
  reason?: string | undefined;
  profileId?: string | undefined;
  externalId?: string | undefined;
}

/** Reasons of Brazier's own that are no codes of the catalog. */
const OWN_REASONS: readonly string[] = ['CALL_NOT_KEPT', 'CALL_NOT_MADE'];

/**
 * Whom it was about is left out, and with it what Braze said, which may repeat a person's values: whoever wants to see
 * it is told how to ask. Why an event was set aside, Brazier has always said itself.
 */
export function withoutPerson<T extends Personal>(
  { profileId: _profile, externalId: _external, ...rest }: T,
  ask: string,
): Omit<T, 'profileId' | 'externalId'> {
  const { state, reason } = rest;
  if (reason === undefined || state === 'setAside' || isOwn(reason)) return rest;
  return { ...rest, reason: `Told with ${ask}, since it may repeat values of the person.` };
}

function isOwn(reason: string): boolean {
  const [code = ''] = /^[A-Z_]*/.exec(reason) ?? [];
  return isErrorCode(code) || OWN_REASONS.includes(code);
}
