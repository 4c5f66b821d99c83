/** The kind of an error, or its code where it has one: its message may repeat a body or an address. */
export function nameOfError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}
