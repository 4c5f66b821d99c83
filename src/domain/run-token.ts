/** Digits of a run token: no letter that is easily taken for a digit, so that it survives being read aloud or typed. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PREFIX = 'brz-';
/** Five hex digits carry 20 bits, which are four digits of the alphabet; 25 of them make a token of 100 bits. */
const HEX_GROUP = 5;
const HEX_DIGITS = 25;

/** Kinds of mail that a run sends; part of their Message-IDs. */
export type MailKind = 'confirmation' | 'reminder' | 'approval' | 'completion' | 'ended';

/** What a mail has to contain to confirm a run: the same digest always gives the same token. */
export function runTokenFrom(hexDigest: string): string {
  if (!/^[0-9a-f]+$/.test(hexDigest) || hexDigest.length < HEX_DIGITS) {
    throw new Error(`a run token needs at least ${HEX_DIGITS} lower-case hex digits`);
  }
  let token = PREFIX;
  for (let start = 0; start < HEX_DIGITS; start += HEX_GROUP) {
    const bits = Number.parseInt(hexDigest.slice(start, start + HEX_GROUP), 16);
    for (const shift of [15, 10, 5, 0]) token += ALPHABET.charAt((bits >> shift) & 31);
  }
  return token;
}

/** Every distinct run token that stands in a text as a word of its own, lower-cased. */
export function findRunTokens(text: string): string[] {
  const found = text.matchAll(/(?<![\p{L}\p{N}])brz-[0-9a-hjkmnp-tv-z]{20}(?![\p{L}\p{N}])/giu);
  return [...new Set([...found].map(([token]) => token.toLowerCase()))];
}

/**
 * The Message-ID of a run's mail. It depends on the run only: when the mail server's answer got lost and the mail
 * is sent again, mailbox and reader recognise it as the same one.
 */
export function mailMessageId(kind: MailKind, runToken: string, domain: string, part?: string): string {
  return `<${[kind, runToken, ...(part === undefined ? [] : [part])].join('.')}@brazier.${domain}>`;
}
