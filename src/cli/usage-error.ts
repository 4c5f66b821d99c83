import { isPlainName } from '../domain/secret-looks';

/**
 * A complaint about the command line without what was typed as a value, unless that is a plain word: output is kept by
 * shells and build servers, and the value may be a secret.
 */
export function withoutValues(complaint: string): string {
  return complaint
    .replace(/(unknown option '--?[\w-]+)=.*'/s, "$1'")
    .replace(/(argument|unknown command) '(.*)'/s, (whole, what: string, value: string) =>
      isPlainName(value) ? whole : `${what} '…'`,
    );
}
