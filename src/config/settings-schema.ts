import { z } from 'zod';
import { readEndpoint } from '../domain/endpoint';
import { TOPIC_ARN } from '../domain/sns-topic';
import { isSecretReference } from '../contract/schemas/secret-reference';
import { type SecretReference } from '../contract/integration';
import { apiKeySchema, repeatedNames } from './api-keys';
import { contradictorySources, eventSourceSchema } from './event-sources';

const REFERENCE_FORM = 'must be a reference: env:NAME (upper case) or file:/path';

const referenceSchema = z.custom<SecretReference>(isSecretReference, { error: REFERENCE_FORM });

function listOf<T>(item: z.ZodType<T>) {
  return z
    .string()
    .default('')
    .transform((text): unknown[] =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item));
}

function wholeNumber(minimum: number, maximum: number) {
  return z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(minimum, `must be at least ${minimum}`)
    .max(maximum, `must be at most ${maximum}`);
}

function numberFrom(minimum: number, maximum: number, byDefault: number) {
  return wholeNumber(minimum, maximum).default(byDefault);
}

/** A port that nobody listens on unless it is named. */
function optionalPort(minimum: number) {
  return wholeNumber(minimum, 65_535).optional();
}

const requiredSchema = z.string({ error: 'is missing' }).trim();
const originSchema = z.string().transform((text, context) => {
  const read = readEndpoint(text);
  if (read.ok) return read.origin;
  context.addIssue(read.message.replace(/[.,].*$/, ''));
  return z.NEVER;
});
const publicAddressSchema = z
  .string()
  .trim()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be an http(s) address')
  .transform((text) => text.replace(/\/+$/, ''));
const mailServerSchema = requiredSchema.refine(
  (text) => /^smtps?:\/\/\S+$/.test(text) && URL.canParse(text),
  'must be an address such as smtp://host:587 or smtps://user:password@host',
);
const senderSchema = requiredSchema.regex(
  /^[^@\r\n]*@[^@\r\n]+$/,
  'must be an e-mail address, or Name <address>',
);

/**
 * The environment variables that Brazier reads, and no other. `.env.example` lists exactly these; Temporal's own connection
 * is configured by Temporal's own variables.
 */
export const settingsSchema = z.object({
  BRAZIER_STATE_BUCKET: requiredSchema,
  BRAZIER_STATE_PATH: z
    .string()
    .transform((path) => path.replaceAll(/^\/+|\/+$/g, ''))
    .default(''),
  BRAZIER_STATE_REGION: z.string().trim().default('us-east-1'),
  BRAZIER_STATE_ENDPOINT: originSchema.optional(),
  BRAZIER_STATE_ACCESS_KEY_ID: referenceSchema.optional(),
  BRAZIER_STATE_SECRET_ACCESS_KEY: referenceSchema.optional(),
  BRAZIER_SMTP_URL: mailServerSchema,
  BRAZIER_MAIL_FROM: senderSchema,
  BRAZIER_OPERATORS: listOf(z.email('must be e-mail addresses, separated by commas')).refine(
    (operators) => operators.length > 0,
    'is missing: somebody has to be told of failures',
  ),
  BRAZIER_GATEWAY_URL: publicAddressSchema.default('http://localhost:8088'),
  BRAZIER_GATEWAY_HOST: z.string().trim().default('127.0.0.1'),
  BRAZIER_GATEWAY_PORT: numberFrom(0, 65_535, 8088),
  BRAZIER_WORKER_HOST: z.string().trim().default('127.0.0.1'),
  BRAZIER_WORKER_PORT: optionalPort(0),
  BRAZIER_SDK_METRICS_PORT: optionalPort(1),
  BRAZIER_LINK_SECRET: z.custom<SecretReference>(isSecretReference, {
    error: (issue) => (issue.input === undefined ? 'is missing' : REFERENCE_FORM),
  }),
  BRAZIER_HOOK_TOKEN: referenceSchema.optional(),
  BRAZIER_MAILGUN_SIGNING_KEY: referenceSchema.optional(),
  BRAZIER_MAILGUN_MARKS_MAIL: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
  BRAZIER_SNS_TOPIC_ARNS: listOf(
    z.string().regex(TOPIC_ARN, 'must be ARNs of SNS topics, separated by commas'),
  ),
  BRAZIER_API_KEYS: listOf(apiKeySchema),
  BRAZIER_DATABASE_URL: referenceSchema.optional(),
  BRAZIER_STREAM_SHARDS: numberFrom(1, 256, 4),
  BRAZIER_MAX_BACKLOG: numberFrom(1, 1_000_000_000, 1_000_000),
  BRAZIER_EVENT_RETENTION_DAYS: numberFrom(1, 36_500, 90),
  BRAZIER_EVENT_SOURCES: listOf(eventSourceSchema),
  BRAZIER_SECRETS: listOf(referenceSchema),
  BRAZIER_ALLOWED_HOSTS: listOf(originSchema),
  BRAZIER_ALLOWED_S3_ENDPOINTS: listOf(originSchema),
  BRAZIER_WORK_DIR: z.string().trim().optional(),
  BRAZIER_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  BRAZIER_DUCKDB_MEMORY_MIB: numberFrom(64, 1_048_576, 256),
  BRAZIER_DUCKDB_THREADS: numberFrom(1, 64, 2),
  BRAZIER_MAX_CACHED_WORKFLOWS: numberFrom(1, 100_000, 500),
  BRAZIER_WATCH_SECONDS: numberFrom(0, 3600, 60),
  BRAZIER_WORKFLOW_BUNDLE: z.string().trim().optional(),
});

/** The variables after parsing. */
export type Settings = z.infer<typeof settingsSchema>;

/** Contradictions between variables, one sentence each. */
export function contradictions(settings: Settings): string[] {
  const found: string[] = [];
  const { BRAZIER_STATE_ACCESS_KEY_ID: id, BRAZIER_STATE_SECRET_ACCESS_KEY: secret } = settings;
  if ((id === undefined) !== (secret === undefined)) {
    found.push(
      'BRAZIER_STATE_SECRET_ACCESS_KEY: belongs together with BRAZIER_STATE_ACCESS_KEY_ID; set both or neither',
    );
  }
  // An input could otherwise have them sent to an allowed host as somebody's key.
  const apiKeys = settings.BRAZIER_API_KEYS.map(({ reference }) => reference);
  const internal = [
    settings.BRAZIER_LINK_SECRET,
    settings.BRAZIER_HOOK_TOKEN,
    settings.BRAZIER_MAILGUN_SIGNING_KEY,
    settings.BRAZIER_DATABASE_URL,
    ...apiKeys,
    ...settings.BRAZIER_EVENT_SOURCES.map(({ reference }) => reference),
  ];
  if (settings.BRAZIER_SECRETS.some((reference) => internal.includes(reference))) {
    found.push(
      'BRAZIER_SECRETS: must not list the link secret, the hook token, the Mailgun signing key, the database, an API key or the key of an event source, which inputs may never use',
    );
  }
  for (const name of repeatedNames(settings.BRAZIER_API_KEYS))
    found.push(`BRAZIER_API_KEYS: "${name}" is there twice; every caller has one name and one key`);
  if (new Set(apiKeys).size < apiKeys.length)
    found.push('BRAZIER_API_KEYS: two callers share a reference; every caller has a key of its own');
  found.push(...contradictorySources(settings.BRAZIER_EVENT_SOURCES));
  return found;
}
