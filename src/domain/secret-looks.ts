/**
 * Texts that are secrets wherever they stand: an address with a login, an access key id of AWS, a private key, a bearer
 * header. Access key ids begin with AKIA or ASIA: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html (read 2026-11-22)
 * Texts come from strangers and may be long, so that no pattern may try a part of a text more than a few times: the scheme of
 * an address is looked for backwards from where it ends, and a user's name ends at the first colon.
 */
const SECRET_TEXTS = [
  /:\/\/(?<=[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@:]*:[^\s/?#@]*@/i,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bBearer\s+[\w.~+/-]{8,}/i,
];

/** Longer names, or names with more digits, might be a secret that was pasted in a name's place. */
const LONGEST_NAME = 30;
const MOST_DIGITS = 4;

/** Whether a text is a secret by its look, whatever field it stands in. */
export function looksSecret(text: string): boolean {
  return SECRET_TEXTS.some((secret) => secret.test(text));
}

/** Whether a field's name may be repeated: it looks like a name, and not like something pasted in a name's place. */
export function isPlainName(name: string): boolean {
  if (name.length > LONGEST_NAME) return false;
  const digits = name.replaceAll(/\D/g, '').length;
  return /^[A-Za-z_$][\w$ .-]*$/.test(name) && digits <= MOST_DIGITS;
}
