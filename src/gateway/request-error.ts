/** The kind of an error: its message may repeat a body or an address. */
export function nameOfError(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
