import { spawn } from 'node:child_process';

/**
 * Runs a command quietly and gives back its exit code and everything it printed.
 * A command that can't be started has the code `null`; `timeoutMs` ends one that hangs.
 */
export function capture(command, args, { cwd, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk) => (output += chunk);
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Hands terminal, signals and exit code over to a Node program: from here on it is as if that had been started. */
export async function become(args) {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  // In a terminal Ctrl-C already reaches the whole process group; a second one could mean "stop at once" to the child.
  const onInterrupt = process.stdin.isTTY ? () => undefined : forward;
  process.on('SIGINT', onInterrupt).on('SIGTERM', forward).on('SIGHUP', forward);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  process.off('SIGINT', onInterrupt).off('SIGTERM', forward).off('SIGHUP', forward);
  if (signal === null) process.exitCode = code;
  else process.kill(process.pid, signal);
}
