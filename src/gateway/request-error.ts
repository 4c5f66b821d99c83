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
