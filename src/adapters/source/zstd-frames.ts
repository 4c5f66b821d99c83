import { Transform, type TransformCallback } from 'node:stream';
import { SourceError } from './source-error';

/** What the walk wants next: bytes to look at, or bytes to pass over. */
interface Want {
  look?: number;
  skip?: number;
}

/**
 * Lets a zstd stream through and checks, by walking its frames and blocks (RFC 8878, section 3), that it is whole. DuckDB
 * decompresses a cut stream as if it ended there, so this has to be known before it reads.
 */
export class ZstdFrames extends Transform {
  private readonly source: string;
  private readonly walk = frames();
  private want: Want;
  private wanted = 0;
  private seen: Buffer = Buffer.alloc(0);
  private frames = 0;

  constructor(source: string) {
    super();
    this.source = source;
    this.want = this.next(Buffer.alloc(0));
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.advance(chunk);
      done(null, chunk);
    } catch (error) {
      done(
        error instanceof Error ? error : new SourceError('SOURCE_UNREADABLE', `${this.source}: is not zstd.`),
      );
    }
  }

  override _flush(done: TransformCallback): void {
    // Only between frames is nothing owed.
    const between = this.want.look === MAGIC_BYTES && this.seen.length === 0;
    const whole = between && this.frames > 1;
    done(whole ? null : new SourceError('SOURCE_INCOMPLETE', `${this.source}: its zstd stream ends early.`));
  }

  private advance(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const taken = Math.min(this.wanted, chunk.length - at);
      if (this.want.look !== undefined)
        this.seen = Buffer.concat([this.seen, chunk.subarray(at, at + taken)]);
      at += taken;
      this.wanted -= taken;
      while (this.wanted === 0) this.want = this.next(this.seen);
    }
  }

  private next(seen: Buffer): Want {
    const step = this.walk.next(seen);
    if (step.done === true)
      throw new SourceError('SOURCE_UNREADABLE', `${this.source}: is not a zstd stream.`);
    this.seen = Buffer.alloc(0);
    this.wanted = step.value.look ?? step.value.skip ?? 0;
    if (step.value.look === MAGIC_BYTES) this.frames += 1;
    return step.value;
  }
}

const MAGIC_BYTES = 4;
const FRAME = 0xfd2fb528;
const [SKIPPABLE_FIRST, SKIPPABLE_LAST] = [0x184d2a50, 0x184d2a5f];
const [RLE_BLOCK, RESERVED_BLOCK] = [1, 3];

/** Returns at the first thing that is not zstd. */
function* frames(): Generator<Want, void, Buffer> {
  for (;;) {
    const magic = (yield { look: MAGIC_BYTES }).readUInt32LE();
    if (magic >= SKIPPABLE_FIRST && magic <= SKIPPABLE_LAST) {
      // Read in halves, since looking at four bytes stands for the place between two frames.
      const size: Buffer = yield { look: 2 };
      const high: Buffer = yield { look: 2 };
      yield { skip: size.readUInt16LE() + high.readUInt16LE() * 0x10000 };
    } else if (magic !== FRAME || !(yield* frame())) {
      return;
    }
  }
}

/** One frame after its magic number; false if its blocks are not zstd's. */
function* frame(): Generator<Want, boolean, Buffer> {
  const descriptor = (yield { look: 1 }).readUInt8();
  yield { skip: headerRest(descriptor) };
  for (;;) {
    const header = (yield { look: 3 }).readUIntLE(0, 3);
    const [last, type, size] = [(header & 1) === 1, (header >> 1) & 3, header >> 3];
    if (type === RESERVED_BLOCK) return false;
    yield { skip: type === RLE_BLOCK ? 1 : size };
    if (last) break;
  }
  const hasChecksum = (descriptor & 4) !== 0;
  yield { skip: hasChecksum ? 4 : 0 };
  return true;
}

/** Bytes of window descriptor, dictionary id and content size, by the frame header's descriptor. */
function headerRest(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (singleSegment ? 0 : 1) + dictionary + contentSize;
}
