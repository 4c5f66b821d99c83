import { type CsvDialect } from '../../contract/activation';

/** Column names of a CSV, out of its first lines; `undefined` if there is no whole header row in them. */
export function parseCsvHeader(start: string, dialect: CsvDialect): string[] | undefined {
  const text = start.startsWith('\ufeff') ? start.slice(1) : start;
  const columns: string[] = [];
  let position = 0;
  for (;;) {
    const field = nextField(text, position, dialect);
    if (field === undefined) return undefined;
    columns.push(field.value);
    if (!text.startsWith(dialect.delimiter, field.end)) break;
    position = field.end + dialect.delimiter.length;
  }
  return columns.length === 1 && columns[0] === '' ? undefined : columns;
}

function nextField(
  text: string,
  start: number,
  dialect: CsvDialect,
): { value: string; end: number } | undefined {
  const { delimiter, quote } = dialect;
  if (quote !== '' && text.startsWith(quote, start)) return quotedField(text, start + quote.length, dialect);
  let end = start;
  while (end < text.length && !isLineEnd(text, end) && !text.startsWith(delimiter, end)) end += 1;
  return { value: text.slice(start, end), end };
}

function quotedField(
  text: string,
  start: number,
  dialect: CsvDialect,
): { value: string; end: number } | undefined {
  const { quote, escape } = dialect;
  let value = '';
  for (let at = start; at < text.length; at += 1) {
    if (escape !== '' && text.startsWith(escape + quote, at)) {
      value += quote;
      at += escape.length + quote.length - 1;
    } else if (text.startsWith(quote, at)) {
      return { value, end: at + quote.length };
    } else {
      value += text.charAt(at);
    }
  }
  return undefined;
}

function isLineEnd(text: string, at: number): boolean {
  return text[at] === '\n' || text[at] === '\r';
}
