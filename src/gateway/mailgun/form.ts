import { finished } from 'node:stream/promises';
import { type FastifyRequest } from 'fastify';
import { fault, success, type Outcome } from '../../contract/errors';

/** The fields of a delivery that are read; the rest of it is dropped unread. */
export const MAILGUN_FIELDS = [
  ...['timestamp', 'token', 'signature'],
  ...['sender', 'from', 'subject', 'message-headers', 'body-plain', 'stripped-text', 'body-mime'],
] as const;

/** Longest field that is read; longer ones that nobody reads are cut while they come in. */
export const MAX_FIELD_BYTES = 1024 * 1024;
/** A form without attachments. */
export const MAX_URLENCODED_BYTES = 6 * 1024 * 1024;
/** A form with attachments, which pass through a buffer of some kilobytes and are gone. */
export const MAX_MULTIPART_BYTES = 40 * 1024 * 1024;
/** A delivery has some thirty; whoever sends more is told before the signature is looked at. */
const MAX_FIELDS = 200;
/** Bounds of the multipart parser. */
export const MULTIPART_LIMITS = {
  fieldNameSize: 200,
  fieldSize: MAX_FIELD_BYTES,
  fields: MAX_FIELDS,
  files: 200,
  parts: 400,
  fileSize: MAX_MULTIPART_BYTES,
  headerPairs: 100,
};

/** Reads the form that Mailgun posts: url-encoded, or multipart if the mail has attachments. */
export async function readMailgunForm(request: FastifyRequest): Promise<Outcome<Map<string, string>>> {
  if (request.isMultipart()) {
    try {
      return await readMultipart(request);
    } catch {
      // The parser's own errors carry no status; whatever it stumbled over, it is the same form next time.
      return fault('INPUT_INVALID', 'The multipart form cannot be read.');
    }
  }
  return typeof request.body === 'string'
    ? readUrlencoded(request.body)
    : fault('INPUT_INVALID', 'The body has to be the form that a Mailgun route posts.');
}

/** Nothing is made of a form before its fields are counted: it may be all separators. */
function readUrlencoded(body: string): Outcome<Map<string, string>> {
  if (hasMore(body, '&', MAX_FIELDS - 1))
    return fault('INPUT_INVALID', `The form has more than ${MAX_FIELDS} fields.`);
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    const isTooLong = isWanted(name) && Buffer.byteLength(value) > MAX_FIELD_BYTES;
    const taken = isTooLong ? tooLong(name) : take(fields, name, value);
    if (!taken.ok) return taken;
  }
  return success(fields);
}

function hasMore(text: string, separator: string, most: number): boolean {
  let found = 0;
  for (let at = text.indexOf(separator); at >= 0 && found <= most; at = text.indexOf(separator, at + 1))
    found += 1;
  return found > most;
}

async function readMultipart(request: FastifyRequest): Promise<Outcome<Map<string, string>>> {
  const fields = new Map<string, string>();
  let bytes = 0;
  for await (const part of request.parts()) {
    if (part.type === 'file') {
      part.file.resume();
      await finished(part.file);
      bytes += part.file.bytesRead;
    } else {
      const value = typeof part.value === 'string' ? part.value : '';
      bytes += value.length;
      if (part.valueTruncated && isWanted(part.fieldname)) return tooLong(part.fieldname);
      const taken = take(fields, part.fieldname, value);
      if (!taken.ok) return taken;
    }
    if (bytes > MAX_MULTIPART_BYTES) return fault('INPUT_INVALID', 'The mail is larger than 40 MiB.');
  }
  return success(fields);
}

/** Keeps a field that is read. One that comes twice could be read one way here and another way elsewhere. */
function take(fields: Map<string, string>, name: string, value: string): Outcome<void> {
  if (!isWanted(name)) return success(undefined);
  if (fields.has(name)) return fault('INPUT_INVALID', `The field ${name} comes twice.`);
  fields.set(name, value);
  return success(undefined);
}

function tooLong(name: string): Outcome<never> {
  return fault('INPUT_INVALID', `The field ${name} is longer than a mebibyte.`);
}

function isWanted(name: string): boolean {
  return MAILGUN_FIELDS.some((field) => field === name);
}
