import { type CsvDialect } from '../../contract/activation';

/** A header row; `ended` if its end was seen, and not only the end of what was looked at. */
export interface CsvHeader {
  columns: string[];
  ended: boolean;
}

/** The header row of a CSV, out of its first bytes, or why there is none: nothing at all, a blank line, an open quote. */
export function parseCsvHeader(start: string, dialect: CsvDialect): CsvHeader | 'empty' | 'blank' | 'open' {
  const text = start.startsWith('\ufeff') ? start.slice(1) : start;
  if (text === '') return 'empty';
  const columns: string[] = [];
  let position = 0;
  for (;;) {
    const field = nextField(text, position, dialect);
    if (field === undefined) return 'open';
    columns.push(field.value);
    position = field.end;
    if (!text.startsWith(dialect.delimiter, position)) break;
    position += dialect.delimiter.length;
  }
  if (columns.length === 1 && columns[0] === '') return 'blank';
  return { columns, ended: position < text.length };
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
