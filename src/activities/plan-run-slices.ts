import { createReadStream } from 'node:fs';

/** The part of a file of lines that becomes one slice. */
export interface LineBlock {
  index: number;
  lines: number;
  body: Buffer;
}

const LINE_END = 0x0a;

/** Cuts a file of lines into blocks of `linesPerBlock`; the last one may be shorter. Only one block is in memory at a time. */
export async function* blocksOfLines(
  file: string,
  linesPerBlock: number,
): AsyncGenerator<LineBlock, void, undefined> {
  let [index, lines, parts]: [number, number, Buffer[]] = [0, 0, []];
  const stream: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 1 << 20 });
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, end + 1)) {
      lines += 1;
      if (lines < linesPerBlock) continue;
      parts.push(chunk.subarray(start, end + 1));
      yield { index, lines, body: Buffer.concat(parts) };
      [index, lines, parts, start] = [index + 1, 0, [], end + 1];
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (lines > 0) yield { index, lines, body: Buffer.concat(parts) };
}
