import { gzipSync } from 'node:zlib';
import { type AudienceSource } from '../../src/contract/activation';
import { type ErrorCode } from '../../src/contract/errors';
import { type SnapshotCounts } from '../../src/contract/objects';

/** An object as a source has it. */
export type Content = string | Buffer;

/** What becomes of it: the whole source is refused, or its rows are counted and the usable ones go on. */
export type Fate = { code: ErrorCode; says: string } | Partial<SnapshotCounts>;

/** One way in which a source can be wrong, under `in/<name>`; identifiers in it begin with `secret`. */
export interface DamagedSource {
  what: string;
  name: string;
  content: () => Content;
  source?: Partial<AudienceSource>;
  fate: Fate;
}

/** Refused as not what its format says. */
export const unreadable = (says: string): Fate => ({ code: 'SOURCE_UNREADABLE', says });
/** Refused as ending early. */
export const incomplete = (says: string): Fate => ({ code: 'SOURCE_INCOMPLETE', says });
/** Refused for the lack of a column. */
export const columnMissing = (says: string): Fate => ({ code: 'SOURCE_COLUMN_MISSING', says });

/** A file with nothing wrong. */
export const CSV = 'external_id\nsecret-1\nsecret-2\n';
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => utf16(text).swap16();

/** Raw blocks in a frame are zstd as good as any: RFC 8878, section 3.1.1. */
export function zstdOf(content: Content): Buffer {
  const bytes = Buffer.from(content);
  const blockBytes = 100_000;
  const blocks = Math.max(1, Math.ceil(bytes.length / blockBytes));
  const parts = [Buffer.from('28b52ffd0058', 'hex')];
  for (let block = 0; block < blocks; block += 1) {
    const body = bytes.subarray(block * blockBytes, (block + 1) * blockBytes);
    const header = Buffer.alloc(3);
    header.writeUIntLE(body.length * 8 + (block === blocks - 1 ? 1 : 0), 0, 3);
    parts.push(header, body);
  }
  return Buffer.concat(parts);
}

/** A row of so many values. */
export const columns = (count: number, first: string) =>
  [first, ...Array.from({ length: count - 1 }, (_, index) => `c${index}`)].join(',');

const ENCODINGS: DamagedSource[] = [
  {
    what: 'Latin-1',
    name: 'a.csv',
    content: () => Buffer.from(`${CSV}secret-é\n`, 'latin1'),
    fate: unreadable('line 4 is not UTF-8'),
  },
  {
    what: 'Latin-1 inside zstd',
    name: 'a.csv.zst',
    content: () => zstdOf(Buffer.from(`${CSV}secret-é\n`, 'latin1')),
    fate: unreadable('line 4 is not UTF-8'),
  },
  {
    what: 'UTF-16 LE with its mark',
    name: 'a.csv',
    content: () => utf16(`\ufeff${CSV}`),
    fate: unreadable('is UTF-16 text; save it as UTF-8'),
  },
  {
    what: 'UTF-16 BE with its mark',
    name: 'a.csv',
    content: () => utf16be(`\ufeff${CSV}`),
    fate: unreadable('is UTF-16 text'),
  },
  {
    what: 'UTF-16 LE without a mark',
    name: 'a.csv',
    content: () => utf16(CSV),
    fate: unreadable('is UTF-16 text'),
  },
  {
    what: 'UTF-16 BE without a mark',
    name: 'a.ndjson',
    content: () => utf16be('{"external_id":"secret"}\n'),
    fate: unreadable('is UTF-16 text'),
  },
  {
    what: 'UTF-16 inside zstd',
    name: 'a.csv.zst',
    content: () => zstdOf(utf16(CSV)),
    fate: unreadable('is it UTF-16?'),
  },
  {
    what: 'a byte order mark',
    name: 'a.csv',
    content: () => `\ufeff"external_id",n\na,1\n`,
    fate: { rows: 1, members: 1 },
  },
  {
    what: 'a byte order mark inside zstd',
    name: 'a.csv.zst',
    content: () => zstdOf(`\ufeff${CSV}`),
    fate: { rows: 2, members: 2 },
  },
  {
    what: 'a byte order mark before NDJSON',
    name: 'a.ndjson',
    content: () => '\ufeff{"external_id":"a"}\n',
    fate: { members: 1 },
  },
  {
    what: 'the same inside zstd',
    name: 'a.ndjson.zst',
    content: () => zstdOf('\ufeff{"external_id":"secret"}\n'),
    fate: unreadable('byte order mark'),
  },
  {
    what: 'a NUL byte',
    name: 'a.csv',
    content: () => `${CSV}secret\0x\n`,
    fate: unreadable('line 4 holds a NUL byte'),
  },
];

const COMPRESSIONS: DamagedSource[] = [
  {
    what: 'a gzip stream cut off',
    name: 'a.csv.gz',
    content: () => gzipSync(CSV).subarray(0, 30),
    fate: incomplete('its gzip stream ends early'),
  },
  {
    what: 'something behind a gzip stream',
    name: 'a.csv.gz',
    content: () => Buffer.concat([gzipSync(CSV), Buffer.from('secret')]),
    fate: unreadable('gzip stream'),
  },
  {
    what: 'gzip streams behind each other',
    name: 'a.csv.gz',
    content: () => Buffer.concat([gzipSync(CSV), gzipSync('b\n')]),
    fate: { rows: 3, members: 3 },
  },
  { what: 'text called gzip', name: 'a.csv.gz', content: () => CSV, fate: unreadable('is no gzip stream') },
  {
    what: 'gzip called text',
    name: 'a.csv',
    content: () => gzipSync(CSV),
    fate: unreadable('is a gzip stream; text was expected'),
  },
  {
    what: 'gzip inside gzip',
    name: 'a.csv.gz',
    content: () => gzipSync(gzipSync(CSV)),
    fate: unreadable('is a gzip stream; text was expected'),
  },
  {
    what: 'an Excel workbook',
    name: 'a.csv',
    content: () => Buffer.from('504b0304140006000800', 'hex'),
    fate: unreadable('Excel workbook'),
  },
  {
    what: 'a zstd stream cut off',
    name: 'a.csv.zst',
    content: () => zstdOf(CSV).subarray(0, 20),
    fate: incomplete('its zstd stream ends early'),
  },
];

const COLUMNS: DamagedSource[] = [
  {
    what: 'no byte at all',
    name: 'a.csv',
    content: () => '',
    fate: unreadable('is empty, without even a header row'),
  },
  { what: 'a header row alone', name: 'a.csv', content: () => 'external_id', fate: { rows: 0, members: 0 } },
  { what: 'NDJSON of no byte', name: 'a.ndjson', content: () => '', fate: { rows: 0, members: 0 } },
  { what: 'Parquet of no byte', name: 'a.parquet', content: () => '', fate: unreadable('is empty') },
  {
    what: 'a blank line for a header row',
    name: 'a.csv',
    content: () => `\n${CSV}`,
    fate: unreadable('its first line is blank'),
  },
  {
    what: 'another column',
    name: 'a.csv',
    content: () => 'ID,secret\na,b\n',
    fate: columnMissing('column "external_id" is not there. Columns: "ID", and 1 whose names'),
  },
  {
    what: 'no header row',
    name: 'a.csv',
    content: () => 'secret-1\nsecret-2\n',
    fate: columnMissing(
      'Columns: 1 whose names are not repeated here, since they may be a first row of data.',
    ),
  },
  {
    what: 'the column twice',
    name: 'a.csv',
    content: () => 'external_id,external_id\na,b\n',
    fate: columnMissing('is there more than once'),
  },
  {
    what: 'another delimiter',
    name: 'a.csv',
    content: () => 'external_id;n\nsecret-1;2\n',
    fate: columnMissing('with ";" in it: is source.csv.delimiter right?'),
  },
  {
    what: 'two delimiters',
    name: 'a.csv',
    content: () => 'external_id,n\na,1\nsecret;2\n',
    fate: unreadable('row at line 3 has 1 column instead of 2'),
  },
  {
    what: 'a row with a column too many',
    name: 'a.csv',
    content: () => 'external_id,n\na,1\nsecret,2,3\n',
    fate: unreadable('row at line 3 has more columns than the 2 of the header row'),
  },
  {
    what: 'a million columns',
    name: 'a.csv',
    content: () => `${columns(1_000_000, 'external_id')}\n`,
    fate: unreadable('line 1 is longer than 2,000,000 bytes'),
  },
  {
    what: 'a million columns inside zstd',
    name: 'a.csv.zst',
    content: () => zstdOf(`${columns(1_000_000, 'external_id')}\n`),
    fate: unreadable('longer than 2,000,000 bytes'),
  },
  {
    what: 'fifty thousand columns',
    name: 'a.csv',
    content: () => `${columns(50_000, 'external_id')}\n`,
    fate: unreadable('its header row is longer than 256 KiB'),
  },
  {
    what: 'a million columns in one row',
    name: 'a.csv',
    content: () => `external_id,n\n${columns(1_000_000, 'secret')}\n`,
    fate: unreadable('line 2 is longer than 2,000,000 bytes'),
  },
];

/** Files that are wrong as a whole: their encoding, their compression, their columns. */
export const DAMAGED_FILES: readonly DamagedSource[] = [...ENCODINGS, ...COMPRESSIONS, ...COLUMNS];
