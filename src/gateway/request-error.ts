/** The kind of an error, or its code where it has one: its message may repeat a body or an address. */
export function nameOfError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}

/** Where an error was thrown: a function and a line of ours, or of a library's. */
export function placeOfError(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  // The message stands before the frames, and could look like one.
  const frames = error.stack.slice(error.stack.indexOf(error.message) + error.message.length);
  return /^ +at (.+)$/m.exec(frames)?.[1];
}

/** A body that cannot be read; its words repeat nothing of it. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  readonly statusCode = 400;
}

/** What is said of a body that cannot be parsed. */
export const NOT_JSON = 'The body is not JSON: it cannot be parsed.';

/** What a caller is told whose request was refused before anybody looked at what it says: a sentence for each reason. */
export function refusalOf(error: unknown, bodyLimit: number | undefined): string {
  if (error instanceof UnreadableBody) return error.message;
  switch (error instanceof Error && 'code' in error && error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return `The body is larger than ${sizeOf(bodyLimit)}, which is the most that is taken here.`;
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'The body has to be JSON, with Content-Type: application/json.';
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return 'The body is not as long as its Content-Length says.';
    default:
      return 'The request is malformed.';
  }
}

function sizeOf(bytes = 0): string {
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib} KiB` : `${kib / 1024} MiB`;
}
