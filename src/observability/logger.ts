import pino, { type Logger } from 'pino';

/** Structured logs to standard error, which leaves standard output to results. */
export function createLogger(level: string, name: string): Logger {
  return pino(
    { level, name, redact: ['authorization', '*.authorization', '*.key', '*.secret'] },
    pino.destination(2),
  );
}
