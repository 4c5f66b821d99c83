/** Tells what happens: to people on standard output, or, when a machine reads that, on standard error. */
export interface Narrator {
  title(text: string): void;
  line(text: string): void;
  step(mark: string, text: string): void;
}

/** A narrator; colours only where a terminal shows them. */
export function createNarrator(stream: NodeJS.WriteStream): Narrator {
  const colour = stream.isTTY && process.env['NO_COLOR'] === undefined;
  const bold = (text: string) => (colour ? `\u001b[1m${text}\u001b[0m` : text);
  return {
    title: (text) => void stream.write(`\n${bold(text)}\n`),
    line: (text) => void stream.write(`  ${text}\n`),
    step: (mark, text) => void stream.write(`  ${mark} ${text}\n`),
  };
}
