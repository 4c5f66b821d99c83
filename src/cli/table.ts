/** A column of a table for people. */
export interface Column<Row> {
  title: string;
  of: (row: Row) => string | number | undefined;
}

/** Aligned columns, numbers to the right; nothing is cut, since ids have to be copied. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const values = rows.map((row) => columns.map((column) => column.of(row)));
  const cells = values.map((line) => line.map((value) => show(value)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => displayWidth(line[index] ?? ''))),
  );
  const lines = cells.map((line, row) =>
    line.map((cell, index) => pad(cell, widths[index] ?? 0, typeof values[row]?.[index] === 'number')),
  );
  const titles = columns.map(({ title }, index) => {
    const right = values.length > 0 && values.every((line) => typeof line[index] === 'number');
    return pad(title, widths[index] ?? 0, right);
  });
  return [titles, ...lines].map((line) => line.join('  ').trimEnd());
}

/** Labels and values below each other; what is absent is left out. */
export function formatFacts(facts: readonly (readonly [string, string | undefined])[]): string[] {
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  const width = Math.max(0, ...known.map(([label]) => label.length));
  return known.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
}

function show(value: string | number | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'number' ? new Intl.NumberFormat('en-US').format(value) : value;
}

function pad(text: string, width: number, right: boolean): string {
  const gap = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? gap + text : text + gap;
}

/** Characters, not UTF-16 units: audience names may hold any. */
function displayWidth(text: string): number {
  return Array.from(text).length;
}
