import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';

const HEARTBEAT_MS = 10_000;

/** A failure that is told as one sentence, with the exit code of whoever can mend it. */
export class BootstrapError extends Error {
  /** @param {string} message @param {number} exitCode 11 settings, 13 try again later, 70 a defect in this repository */
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** One line on stderr: stdout belongs to the program that is run in the end. */
export function say(line) {
  process.stderr.write(`brazier: ${line}\n`);
}

const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** Runs one step, says when it is done and how long it took, and shows a sign of life while it lasts. */
export async function step(label, work) {
  const startedMs = performance.now();
  const heartbeat = setInterval(() => say(`${label}, ${seconds(startedMs)} so far`), HEARTBEAT_MS);
  try {
    const result = await work();
    say(`${label}: done in ${seconds(startedMs)}`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}
