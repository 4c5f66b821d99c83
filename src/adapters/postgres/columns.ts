/**
 * Columns of many rows as parameters of one statement. PostgreSQL takes a JSON document apart three times as slowly, and the
 * client's own arrays are escaped element by element.
 */

/** Numbers as the text of an array, for a parameter such as `$1::bigint[]`. */
export function numberColumn(values: readonly (number | string | bigint | null | undefined)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** Stands for NULL in a text column: every text that is written there has a character at least. */
export const NO_TEXT = '';

/** Texts a line each, for `string_to_table($1, E'\n', '')`: none may hold a line feed, none that means something is empty. */
export function textColumn(values: readonly (string | null | undefined)[]): string {
  if (values.length === 0) return '';
  const column = values.map((value) => value ?? NO_TEXT).join('\n');
  if (linesOf(column) !== values.length) throw new Error('invariant: a text of a column has several lines');
  return column;
}

function linesOf(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
