const [LF, CR] = [10, 13];

/** Counts the lines of a text that passes in chunks, whatever they end with, and notices one that is too long. */
export class LineMeter {
  /** The line that the next byte belongs to, from 1. */
  line = 1;
  private readonly longestBytes: number;
  private lineBytes = 0;
  private afterCr = false;

  constructor(longestBytes: number) {
    this.longestBytes = longestBytes;
  }

  /** Goes through a chunk; stops with false inside the first line that is too long. */
  pass(chunk: Uint8Array): boolean {
    let at = 0;
    // Every byte of every source passes here: an iterator would cost more than the rest.
    while (at < chunk.length) {
      const byte = chunk[at];
      at += 1;
      if (byte === CR || (byte === LF && !this.afterCr)) this.line += 1;
      if (byte === CR || byte === LF) this.lineBytes = 0;
      else if ((this.lineBytes += 1) > this.longestBytes) return false;
      this.afterCr = byte === CR;
    }
    return true;
  }

  /** The line of a place in the chunk that comes next. */
  lineOf(chunk: Uint8Array, at: number): number {
    const ahead = new LineMeter(Infinity);
    ahead.line = this.line;
    ahead.afterCr = this.afterCr;
    ahead.pass(chunk.subarray(0, at));
    return ahead.line;
  }
}
