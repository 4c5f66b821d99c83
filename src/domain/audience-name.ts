/** The longest audience name: Braze's strings end at 255 characters. https://www.braze.com/docs/api/objects_filters/user_attributes_object/ (read 2026-11-21) */
export const MAX_AUDIENCE_NAME_LENGTH = 255;

/** A usable audience name, or what is wrong with it. */
export type AudienceNameCheck = { ok: true; name: string } | { ok: false; problem: string };

// Control characters and lone surrogates: invisible in a dashboard, so nobody could type the segment filter that finds them.
const UNTYPABLE = /[\p{Cc}\p{Cs}]/u;

/** Trims a name and refuses one that Braze would cut or that no person could type into a segment filter. */
export function checkAudienceName(raw: string): AudienceNameCheck {
  const name = raw.trim();
  if (name === '') return { ok: false, problem: 'must not be blank' };
  if (name.length > MAX_AUDIENCE_NAME_LENGTH) {
    return { ok: false, problem: `must have at most ${MAX_AUDIENCE_NAME_LENGTH} characters` };
  }
  if (UNTYPABLE.test(name)) return { ok: false, problem: 'must not contain control characters' };
  return { ok: true, name };
}

/**
 * The text that an audience's key is the hash of. A JSON array, so that no two triples share a text whatever characters
 * they hold; it is part of stored paths, hence never to be changed.
 */
export function audienceKeyText(attribute: string, value: string, identifier: string): string {
  return JSON.stringify([attribute, value, identifier]);
}
