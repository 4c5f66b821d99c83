import { isUtf8 } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import { SourceError } from './source-error';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Lets UTF-8 text through without its byte order mark, and stops at anything else. */
export class TextGuard extends Transform {
  private readonly source: string;
  private carried: Buffer = Buffer.alloc(0);
  private started = false;

  constructor(source: string) {
    super();
    this.source = source;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let text = this.carried.length === 0 ? chunk : Buffer.concat([this.carried, chunk]);
    this.carried = Buffer.alloc(0);
    if (!this.started) {
      if (text.length < BOM.length) {
        this.carried = text;
        done();
        return;
      }
      this.started = true;
      if (text.subarray(0, BOM.length).equals(BOM)) text = text.subarray(BOM.length);
    }
    const whole = text.length - unfinishedBytes(text);
    this.carried = text.subarray(whole);
    this.pass(text.subarray(0, whole), done);
  }

  override _flush(done: TransformCallback): void {
    const rest = !this.started && this.carried.equals(BOM) ? Buffer.alloc(0) : this.carried;
    this.pass(rest, done);
  }

  private pass(text: Buffer, done: TransformCallback): void {
    // UTF-16 without a mark is valid UTF-8 full of NULs; no text file has any.
    if (!isUtf8(text) || text.includes(0)) {
      done(new SourceError('SOURCE_UNREADABLE', `${this.source}: is not UTF-8 text.`));
      return;
    }
    done(null, text);
  }
}

/** Bytes at the end that begin a character which the next chunk has to finish. */
function unfinishedBytes(text: Buffer): number {
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
