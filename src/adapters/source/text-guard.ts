import { isUtf8 } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import { type SourceFormat } from '../../contract/activation';
import { MAX_LINE_BYTES } from '../duckdb/jobs';
import { SIGNATURE_BYTES, signatureOf } from './file-signature';
import { LineMeter } from './line-meter';
import { SourceError } from './source-error';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const [LF, CR] = [10, 13];

/** Formats that are text. */
type TextFormat = Exclude<SourceFormat, 'parquet'>;

/**
 * Lets UTF-8 text through without its byte order mark, and stops at anything else, naming the line. CSV leaves with one kind of
 * line end where it came with LF and CRLF mixed, since the reader behind takes only one kind.
 */
export class TextGuard extends Transform {
  private readonly source: string;
  private readonly format: TextFormat;
  private readonly lines: LineMeter;
  private carried: Buffer = Buffer.alloc(0);
  private started = false;

  constructor(source: string, format: TextFormat) {
    super();
    this.source = source;
    this.format = format;
    this.lines = new LineMeter(MAX_LINE_BYTES[format]);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const text = this.carried.length === 0 ? chunk : Buffer.concat([this.carried, chunk]);
    const held = !this.started && text.length < SIGNATURE_BYTES ? text.length : unfinishedBytes(text);
    this.carried = text.subarray(text.length - held);
    this.finish(text.subarray(0, text.length - held), done);
  }

  override _flush(done: TransformCallback): void {
    this.finish(this.carried, done);
  }

  private finish(text: Buffer, done: TransformCallback): void {
    const begun = this.started || text.length === 0 ? text : this.begin(text);
    const problem = begun === undefined ? signatureProblem(text) : this.problemIn(begun);
    if (problem === undefined) done(null, this.format === 'csv' && begun ? withoutCrlf(begun) : begun);
    else done(new SourceError('SOURCE_UNREADABLE', `${this.source}: ${problem}.`));
  }

  /** The text after its mark; nothing if it is no text. */
  private begin(text: Buffer): Buffer | undefined {
    this.started = true;
    if (signatureOf(text) !== undefined) return undefined;
    return text.subarray(0, BOM.length).equals(BOM) ? text.subarray(BOM.length) : text;
  }

  private problemIn(text: Buffer): string | undefined {
    if (!isUtf8(text)) return `line ${this.lines.lineOf(text, firstInvalidByte(text))} is not UTF-8`;
    const nul = text.indexOf(0);
    if (nul >= 0) return `line ${this.lines.lineOf(text, nul)} holds a NUL byte`;
    if (this.lines.pass(text)) return undefined;
    const longest = MAX_LINE_BYTES[this.format].toLocaleString('en-GB');
    return `line ${this.lines.line} is longer than ${longest} bytes`;
  }
}

function signatureProblem(text: Buffer): string {
  const what = signatureOf(text) ?? 'something else';
  const advice = what.startsWith('UTF-16')
    ? 'save it as UTF-8'
    : 'text was expected: see source.format and source.compression';
  return `is ${what}; ${advice}`;
}

/** Some place in the first line that is not UTF-8; lines are all that is asked for. */
function firstInvalidByte(text: Buffer): number {
  let [good, bad] = [0, text.length];
  // A cut may fall into a character, so a stretch is good if nothing but its unfinished end is wrong.
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const stretch = text.subarray(0, middle);
    if (isUtf8(stretch.subarray(0, middle - unfinishedCharacter(stretch)))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Bytes at the end whose meaning the next chunk decides: part of a character, or a CR that an LF may follow. */
function unfinishedBytes(text: Buffer): number {
  return text[text.length - 1] === CR ? 1 : unfinishedCharacter(text);
}

function unfinishedCharacter(text: Buffer): number {
  for (let back = 1; back <= Math.min(3, text.length); back += 1) {
    const byte = text[text.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

function withoutCrlf(text: Buffer): Buffer {
  if (!text.includes(CR)) return text;
  const kept = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte === CR && text[at + 1] === LF) continue;
    kept[length] = byte;
    length += 1;
  }
  return kept.subarray(0, length);
}
