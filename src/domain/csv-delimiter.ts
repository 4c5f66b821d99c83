/** The character that splits a header row better than the one it was read with, where the row came out as one column. */
export function betterDelimiter(columns: readonly string[], delimiter: string): string | undefined {
  const [only] = columns;
  if (only === undefined || columns.length > 1) return undefined;
  return [';', '\t', '|', ','].find((other) => other !== delimiter && only.includes(other));
}
