/** Stands where a secret was. */
const REDACTED = '[redacted]';

/**
 * Takes secrets out of a foreign text. Braze echoes a rejected key in the body of its 401
 * (https://github.com/leemour/brazecli, docs/ARCHITECTURE.md, read 2026-11-21).
 */
export function redact(text: string, secrets: readonly string[]): string {
  let redacted = text;
  for (const secret of secrets) {
    if (secret === '') continue;
    for (const spelling of spellings(secret)) redacted = redacted.replaceAll(spelling, REDACTED);
  }
  return redacted;
}

/** As it is, inside JSON, and inside a URL. */
function spellings(secret: string): Set<string> {
  return new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
}
