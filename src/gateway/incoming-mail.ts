import { simpleParser } from 'mailparser';
import addressparser from 'nodemailer/lib/addressparser';
import { z } from 'zod';
import { fault, success, type Outcome } from '../contract/errors';
import { type IncomingMail } from '../domain/mail-matching';

const NO_SOLE_FROM = 'The message has no From header, or several.';

const headerValue = z.union([z.string(), z.array(z.string())]);
/** The JSON form of a mail, close to what mail providers post; further fields are ignored. */
const mailSchema = z.object({
  from: z.string().min(1),
  to: headerValue.optional(),
  subject: z.string().default(''),
  text: z.string().default(''),
  messageId: z.string().optional(),
  headers: z.record(z.string(), headerValue).default({}),
});

/** Reads a mail that was posted as JSON. */
export function mailFromJson(body: unknown): Outcome<IncomingMail> {
  const mail = mailSchema.safeParse(body);
  if (!mail.success) {
    const problems = mail.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
    return fault(
      'INPUT_INVALID',
      `The mail has to be {from, to, subject, text, messageId, headers}: ${problems.join('; ')}`,
    );
  }
  const { from, subject, text, headers } = mail.data;
  const entries = Object.entries(headers).map(([name, value]): [string, string[]] => [name, [value].flat()]);
  return success({ from: soleAddress(from), subject, text, headers: byName(entries) });
}

/** A mail whose headers were read by somebody else; the one From among them is whom it is from. */
export function mailFromHeaders(
  headers: readonly (readonly [name: string, value: string])[],
  { subject, text }: { subject: string; text: string },
): Outcome<IncomingMail> {
  const named = byName(headers.map(([name, value]): [string, string[]] => [name, [value]]));
  const [from, ...further] = named['from'] ?? [];
  if (from === undefined || further.length > 0) return fault('INPUT_INVALID', NO_SOLE_FROM);
  return success({ from: soleAddress(from), subject, text, headers: named });
}

/** Reads a mail that was posted as it travels (RFC 5322). */
export async function mailFromMessage(message: Buffer): Promise<Outcome<IncomingMail>> {
  const mail = await simpleParser(message, { skipImageLinks: true, skipTextLinks: true });
  const sender = mail.headerLines.filter(({ key }) => key === 'from');
  const addresses = mail.from?.value ?? [];
  if (sender.length !== 1) return fault('INPUT_INVALID', NO_SOLE_FROM);
  const lines = mail.headerLines.map(({ key, line }): [string, string[]] => [key, [headerText(line)]]);
  return success({
    from: addresses.length === 1 ? (addresses[0]?.address ?? '') : '',
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    headers: byName(lines),
  });
}

/** The address of a From value; blank if there are several, since then it is not clear who speaks. */
function soleAddress(from: string): string {
  const addresses = addressparser(from, { flatten: true });
  return addresses.length === 1 ? (addresses[0]?.address ?? '') : '';
}

function headerText(line: string): string {
  return line
    .slice(line.indexOf(':') + 1)
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .trim();
}

function byName(entries: readonly (readonly [string, string[]])[]): Record<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, values] of entries) {
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), ...values]);
  }
  return Object.fromEntries(headers);
}
