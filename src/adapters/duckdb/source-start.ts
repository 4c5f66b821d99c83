import { open } from 'node:fs/promises';
import { text, type Engine } from './engine';
import { type SourceFile } from './jobs';
import { unreadable } from './source-fault';

/** How much of a file is looked at before it is read: a header row has to fit. */
export const START_BYTES = 256 * 1024;
const START_LINES = 100;

/** The first lines of a text file; `whole` if there is nothing after them. */
export interface SourceStart {
  text: string;
  whole: boolean;
}

/** Reads a file's start, which also tells what only DuckDB can decompress and thus nobody has looked at yet. */
export async function startOf(engine: Engine, file: SourceFile): Promise<SourceStart> {
  return file.compression === 'none' ? plainStart(file.path) : compressedStart(engine, file);
}

async function plainStart(path: string): Promise<SourceStart> {
  const bytes = await bytesAt(path, 0, START_BYTES);
  return { text: bytes.toString('utf8'), whole: bytes.length < START_BYTES };
}

/** Some bytes of a file, fewer where it ends before. */
export async function bytesAt(path: string, position: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function compressedStart(engine: Engine, file: SourceFile): Promise<SourceStart> {
  const sql = `SELECT left(line, ${START_BYTES}) AS line FROM read_csv(${text(file.path)}, auto_detect = false,
    header = false, delim = '\u0001', quote = '', escape = '', strict_mode = false, columns = {'line': 'VARCHAR'},
    compression = '${file.compression}') LIMIT ${START_LINES}`;
  const rows = await engine.rows(sql);
  const lines = rows.map(({ line }) => (typeof line === 'string' ? line : ''));
  const joined = lines.join('\n');
  if (joined.includes('\0'))
    throw unreadable(`${file.name}: holds NUL bytes in its first lines; is it UTF-16?`);
  const cut = lines.findIndex((line) => line.length >= START_BYTES);
  if (cut >= 0) return { text: lines.slice(0, cut + 1).join('\n'), whole: false };
  return { text: joined, whole: lines.length < START_LINES };
}
