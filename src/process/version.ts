/** This release, as package.json says it. */
export const VERSION = '0.1.0';

/**
 * How partners identify themselves to Braze.
 * @see https://www.braze.com/docs/partners/isv_partners/api_partner/ (read 2026-11)
 */
export const USER_AGENT = `partner-Brazier-Brazier/${VERSION}`;
