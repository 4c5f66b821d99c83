import { domainToASCII } from 'node:url';
import { type RefusedRecipient } from './smtp-faults';

/** One plain address: no display name, list, comment or control character that a mail library would read into it. */
const PLAIN_ADDRESS = /^[^\s\p{C}<>()[\],;:"\\@]+@[^\s\p{C}<>()[\],;:"\\@]+$/u;

/** Parts recipients into those that SMTP can carry and those refused without asking the server. */
export function screened(recipients: readonly string[]): { sendable: string[]; refused: RefusedRecipient[] } {
  const sendable = recipients.filter((address) => PLAIN_ADDRESS.test(address));
  const refused = recipients
    .filter((address) => !PLAIN_ADDRESS.test(address))
    .map((address) => ({ address, permanent: true, reason: 'not a mail address' }));
  return { sendable, refused };
}

/** The spelling in which the mail library and the server speak of an address. */
export function canonicalAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`.toLowerCase();
}
