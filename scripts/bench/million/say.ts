/** Progress goes to stderr: the last line of stdout is the result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A number as progress lines show it. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** The middle one of an odd number of measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('invariant: a median of nothing');
  return middle;
}
