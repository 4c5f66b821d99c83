import pino, { type DestinationStream, type Logger } from 'pino';

/** Fields whose values are never written, at the top of a line and one level below. */
const SECRET_FIELDS = [
  'authorization',
  'apiKey',
  'restKey',
  'key',
  'password',
  'secret',
  'secretAccessKey',
  'taskToken',
  'token',
];

/** Structured logs to standard error, which leaves standard output to results. */
export function createLogger(
  level: string,
  name: string,
  destination: DestinationStream = pino.destination(2),
): Logger {
  return pino(
    {
      level,
      name,
      redact: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
      // Temporal's client hands failures over as `error`, libraries as `err`, for which pino would write stack and all fields.
      // Their details and inputs stay out of the log.
      serializers: { error: describeError, err: describeError },
    },
    destination,
  );
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const type: unknown = 'type' in error ? error.type : undefined;
  return {
    name: error.name,
    message: error.message,
    ...(typeof type === 'string' ? { type } : {}),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
