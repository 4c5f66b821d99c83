import { gzipSync } from 'node:zlib';
import {
  columnMissing,
  columns,
  CSV,
  type DamagedSource,
  incomplete,
  unreadable,
  zstdOf,
} from './damaged-files';

/** Makes rows long: what is deep in a file is so by its bytes as well as by its rows. */
const PAD = 'x'.repeat(90);

/**
 * The lines of a file of 140,000 rows of which the one on line 130,000 is `odd`: past the 122,880 rows of a row group and past
 * the 8 MB that one thread reads of a CSV file.
 */
function deep(first: string[], line: (index: number) => string, odd: string): string {
  const lines = [...first];
  for (let index = 0; index < 140_000; index += 1) lines.push(line(index));
  lines[129_999] = odd;
  return `${lines.join('\n')}\n`;
}

const LONG = 'x'.repeat(50_000_000);
/** Files with something wrong on a row. */
export const DAMAGED_ROWS: readonly DamagedSource[] = [
  {
    what: 'blank, double, over-long and padded identifiers',
    name: 'a.csv',
    content: () => `external_id\na\na\n a \n"  "\n${'s'.repeat(988)}\n\u00a0b\u00a0\n`,
    fate: { rows: 6, members: 2, blank: 1, duplicate: 2, unusable: { tooLong: 1 } },
  },
  {
    what: 'a quote that opens on row 130,000',
    name: 'a.csv',
    content: () => deep(['external_id,n'], (index) => `secret-${index},${PAD}`, '"secret,1'),
    fate: unreadable('row at line 130000 has a quote that is not closed'),
  },
  {
    what: 'the same where every value is quoted',
    name: 'a.csv',
    content: () => deep(['external_id,n'], (index) => `"secret-${index}","${PAD}"`, '"secret,"1"'),
    fate: unreadable('row at line 130000 has a quote that is not closed'),
  },
  {
    what: 'a row of 50 MB',
    name: 'a.csv',
    content: () => `external_id,n\na,1\nsecret,${LONG}\n`,
    fate: unreadable('line 3 is longer than 2,000,000 bytes'),
  },
  {
    what: 'a row of 50 MB inside zstd',
    name: 'a.csv.zst',
    content: () => zstdOf(`external_id,n\na,1\nsecret,${LONG}\n`),
    fate: unreadable('longer than 16,777,216 bytes'),
  },
  {
    what: 'CRLF',
    name: 'a.csv',
    content: () => 'external_id,n\r\na,1\r\nb,2\r\n',
    fate: { rows: 2, members: 2 },
  },
  {
    what: 'CR alone',
    name: 'a.csv',
    content: () => 'external_id,n\ra,1\rb,2\r',
    fate: { rows: 2, members: 2 },
  },
  {
    what: 'CRLF and LF mixed',
    name: 'a.csv',
    content: () => 'external_id,n\r\na,1\nb,2\r\n',
    fate: { rows: 2, members: 2 },
  },
  {
    what: 'CR beside LF',
    name: 'a.csv',
    content: () => 'external_id,n\na,1\rsecret,1\nc,2\n',
    fate: unreadable('its line ends are mixed'),
  },
  {
    what: 'a file cut at a row’s end, with its row count known',
    name: 'a.csv',
    content: () => CSV,
    source: { expectedRows: 3 },
    fate: incomplete('in/a.csv: has 2 rows; source.expectedRows says 3'),
  },
  {
    what: 'NDJSON broken on a line',
    name: 'a.ndjson',
    content: () => '{"external_id":"a"}\n{"external_id":"secret"\n{"external_id":"b"}\n',
    fate: unreadable('line 2 is not one JSON object'),
  },
  {
    what: 'NDJSON broken on line 130,000',
    name: 'a.ndjson',
    content: () =>
      deep([], (index) => `{"external_id":"secret-${index}","x":"${PAD}"}`, '{"external_id":"secret"'),
    fate: unreadable('line 130000 is not one JSON object'),
  },
  {
    what: 'a JSON array',
    name: 'a.ndjson',
    content: () => '[{"external_id":"secret"}]\n',
    fate: unreadable('line 1 is not one JSON object'),
  },
  {
    what: 'NDJSON values of every type',
    name: 'a.ndjson',
    content: () =>
      '{"external_id":17}\n{"external_id":null}\n{"external_id":{}}\n{"external_id":[1]}\n{"x":1}\n{"external_id":1.5}\n',
    fate: { rows: 6, members: 1, blank: 2, unusable: { notText: 3 } },
  },
  {
    what: 'NDJSON with another field',
    name: 'a.ndjson',
    content: () => '{"user_id":"secret"}\n',
    fate: columnMissing('Columns: "user_id".'),
  },
  {
    what: 'an NDJSON line of 50 MB',
    name: 'a.ndjson',
    content: () => `{"external_id":"a"}\n{"external_id":"secret","x":"${LONG}"}\n`,
    fate: unreadable('line 2 is longer than 16,777,216 bytes'),
  },
  {
    what: 'an NDJSON line of 50 MB inside gzip',
    name: 'a.ndjson.gz',
    content: () => gzipSync(`{"external_id":"a"}\n{"external_id":"secret","x":"${LONG}"}\n`),
    fate: unreadable('line 2 is longer than 16,777,216 bytes'),
  },
  {
    what: 'an NDJSON line of 50 MB inside zstd',
    name: 'a.ndjson.zst',
    content: () => zstdOf(`{"external_id":"a"}\n{"external_id":"secret","x":"${LONG}"}\n`),
    fate: unreadable('longer than'),
  },
  {
    what: 'an NDJSON line of a million other fields',
    name: 'a.ndjson',
    content: () => `{${columns(1_000_000, '"y":1').replace(/c(\d+)/g, '"c$1":1')}}\n`,
    fate: { rows: 1, members: 0, blank: 1 },
  },
];
