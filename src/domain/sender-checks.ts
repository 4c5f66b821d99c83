/** What a check came to; `none` where it was not made, could not be made, or says neither. */
export type CheckResult = 'pass' | 'fail' | 'none';

/** What the provider that took a mail in reports about it. */
export interface ProviderChecks {
  spf: CheckResult;
  dkim: CheckResult;
  dmarc: CheckResult;
  spam: CheckResult;
  virus: CheckResult;
  /** Address of MAIL FROM, whose domain is what SPF looked at. */
  envelopeFrom: string;
}

/**
 * What is known of a mail's sender: `vouched` where the hook's authenticated caller answers for it, `proven` or
 * `failed` by the provider's report, `unproven` where the report says neither.
 */
export type SenderStanding = 'vouched' | 'proven' | 'failed' | 'unproven';

/**
 * Judges the address in a mail's From. DMARC speaks of that address and so decides alone where it passed or failed.
 * Without it a failed SPF or DKIM refuses, and SPF proves the sender if it passed for a domain that aligns with From.
 * DKIM alone proves nothing: providers do not say whose signature it was that passed, and anybody can sign as themself.
 */
export function senderStanding(from: string, checks: ProviderChecks | undefined): SenderStanding {
  if (checks === undefined) return 'vouched';
  const { spf, dkim, dmarc, envelopeFrom } = checks;
  if (dmarc === 'pass') return 'proven';
  if ([dmarc, spf, dkim].includes('fail')) return 'failed';
  return spf === 'pass' && domainsAlign(domainOf(from), domainOf(envelopeFrom)) ? 'proven' : 'unproven';
}

/** Whether the provider holds the mail for spam or infected; no token makes up for that. */
export function isUnsafe(checks: ProviderChecks | undefined): boolean {
  return checks?.spam === 'fail' || checks?.virus === 'fail';
}

/** The same domain, or one below the other; a single label (`com`) is nobody's domain. */
function domainsAlign(left: string, right: string): boolean {
  const upper = left.length <= right.length ? left : right;
  const lower = upper === left ? right : left;
  return upper.includes('.') && (lower === upper || lower.endsWith(`.${upper}`));
}

function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '' : address.slice(at + 1).toLowerCase();
}
