/** Tells what happens: to people on standard output, or, when a machine reads that, on standard error. */
export interface Narrator {
  title(text: string): void;
  line(text: string): void;
  step(mark: string, text: string): void;
  /** One line that is told over again as its figures change; `undefined` ends it. */
  live(text: string | undefined): void;
}

/** Where nothing can be overwritten, the line is told only so often. */
const LIVE_EVERY_MS = 2_000;

/** A narrator; colours only where a terminal shows them. */
export function createNarrator(stream: NodeJS.WriteStream): Narrator {
  const colour = stream.isTTY && process.env['NO_COLOR'] === undefined;
  const bold = (text: string) => (colour ? `\u001b[1m${text}\u001b[0m` : text);
  let toldAt = -Infinity;
  let last: string | undefined;
  const live = (text: string | undefined): void => {
    const isDue = text === undefined ? last !== undefined : performance.now() - toldAt >= LIVE_EVERY_MS;
    if (stream.isTTY) stream.write(text === undefined ? '\n' : `\r  ${text}\u001b[K`);
    else if (isDue) {
      stream.write(`  ${text ?? last ?? ''}\n`);
      toldAt = performance.now();
    }
    last = text === undefined || (isDue && !stream.isTTY) ? undefined : text;
  };
  return {
    live,
    title: (text) => void stream.write(`\n${bold(text)}\n`),
    line: (text) => void stream.write(`  ${text}\n`),
    step: (mark, text) => void stream.write(`  ${mark} ${text}\n`),
  };
}
