/**
 * Texts that are secrets wherever they stand: an address with a login, an access key id of AWS, a private key, a bearer
 * header. Access key ids begin with AKIA or ASIA: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html (read 2026-11-22)
 */
const SECRET_TEXTS = [
  /[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]*:[^\s/?#@]*@/i,
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
  const digits = name.replaceAll(/\D/g, '').length;
  return /^[A-Za-z_$][\w$ .-]*$/.test(name) && name.length <= LONGEST_NAME && digits <= MOST_DIGITS;
}
