#!/usr/bin/env node
import { processIo } from './cli/io';
import { runCli } from './cli/program';

// `brazier … | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

void runCli(process.argv.slice(2), processIo()).then((exitCode) => {
  // Once all is written: whoever stopped watching shall not wait for questions that are still under way.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
});
