import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, fault, success } from '../contract/errors';
import { type BucketSettings, type SecretReference } from '../contract/integration';
import { issueLines } from '../contract/schemas/parse-input';
import { type ApiKeySetting } from './api-keys';
import { type EventSourceSetting } from './event-sources';
import { type Settings, contradictions, settingsSchema } from './settings-schema';

/** What the operator of a worker or gateway has configured. */
export interface Config {
  stateBucket: BucketSettings;
  mail: { url: string; from: string; operators: string[] };
  gateway: {
    /** Public base of links, without a trailing slash. */
    url: string;
    host: string;
    port: number;
    linkSecret: SecretReference;
    /** Without it the mail hook is off. */
    hookToken?: SecretReference | undefined;
    /** Without it the hook for Mailgun is off. */
    mailgunSigningKey?: SecretReference | undefined;
    /** Whether Mailgun's spam filter marks mails. */
    mailgunMarksMail: boolean;
    /** Without any the hook for Amazon SES is off. */
    snsTopicArns: string[];
    /** Callers of the HTTP API; with none it is off. */
    apiKeys: ApiKeySetting[];
    /** Sources of events; with none nothing is captured. */
    eventSources: EventSourceSetting[];
  };
  /** Where a worker answers probes and scrapes. */
  worker: {
    host: string;
    /** Without it a worker listens nowhere. */
    port?: number | undefined;
    /** Port of the figures of Temporal's own client; without it they are not offered. */
    sdkMetricsPort?: number | undefined;
  };
  /** The streaming half: events, External APIs, engagements. */
  stream: {
    /** Address of its PostgreSQL database; without it that half is off. */
    databaseUrl?: SecretReference | undefined;
    /** Shards of a stream when it is first made. */
    shards: number;
    /** So many captured events may wait for an integration's shards; more are turned away. */
    maxBacklog: number;
    /** Events that are worked off and calls that are answered are deleted when they are older. */
    retentionDays: number;
  };
  secrets: {
    /** References that inputs may name. */
    inputs: SecretReference[];
    /** References of this deployment itself, which inputs may not name. */
    deployment: SecretReference[];
  };
  /** Origins besides Braze's own that REST keys may be sent to. */
  allowedHosts: string[];
  /** S3-compatible servers that bucket keys may be sent to. */
  allowedS3Endpoints: string[];
  workDir: string;
  logLevel: Settings['BRAZIER_LOG_LEVEL'];
  duckdb: { memoryLimitMiB: number; threads: number };
  maxCachedWorkflows: number;
  /** How often a gateway looks at schedules; 0: never. */
  watchSeconds: number;
  workflowBundle?: string | undefined;
}

/** Reads the environment; every problem at once, each with its variable. An empty variable counts as absent. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Outcome<Config> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
  const parsed = settingsSchema.safeParse(given);
  const problems = parsed.success ? contradictions(parsed.data) : issueLines(parsed.error.issues);
  if (!parsed.success || problems.length > 0) {
    return fault(
      'INPUT_INVALID',
      `The operator of this process has to correct its environment. ${problems.join('; ')}.`,
    );
  }
  return success(arrange(parsed.data));
}

function arrange(settings: Settings): Config {
  const stateKeys = [settings.BRAZIER_STATE_ACCESS_KEY_ID, settings.BRAZIER_STATE_SECRET_ACCESS_KEY];
  const ownReferences = [
    ...stateKeys,
    settings.BRAZIER_LINK_SECRET,
    settings.BRAZIER_HOOK_TOKEN,
    settings.BRAZIER_MAILGUN_SIGNING_KEY,
    settings.BRAZIER_DATABASE_URL,
  ];
  return {
    stateBucket: {
      bucket: settings.BRAZIER_STATE_BUCKET,
      region: settings.BRAZIER_STATE_REGION,
      path: settings.BRAZIER_STATE_PATH,
      endpoint: settings.BRAZIER_STATE_ENDPOINT,
      accessKeyId: settings.BRAZIER_STATE_ACCESS_KEY_ID,
      secretAccessKey: settings.BRAZIER_STATE_SECRET_ACCESS_KEY,
    },
    mail: {
      url: settings.BRAZIER_SMTP_URL,
      from: settings.BRAZIER_MAIL_FROM,
      operators: settings.BRAZIER_OPERATORS,
    },
    gateway: {
      url: settings.BRAZIER_GATEWAY_URL,
      host: settings.BRAZIER_GATEWAY_HOST,
      port: settings.BRAZIER_GATEWAY_PORT,
      linkSecret: settings.BRAZIER_LINK_SECRET,
      hookToken: settings.BRAZIER_HOOK_TOKEN,
      mailgunSigningKey: settings.BRAZIER_MAILGUN_SIGNING_KEY,
      mailgunMarksMail: settings.BRAZIER_MAILGUN_MARKS_MAIL === 'true',
      snsTopicArns: settings.BRAZIER_SNS_TOPIC_ARNS,
      apiKeys: settings.BRAZIER_API_KEYS,
      eventSources: settings.BRAZIER_EVENT_SOURCES,
    },
    worker: {
      host: settings.BRAZIER_WORKER_HOST,
      port: settings.BRAZIER_WORKER_PORT,
      sdkMetricsPort: settings.BRAZIER_SDK_METRICS_PORT,
    },
    stream: {
      databaseUrl: settings.BRAZIER_DATABASE_URL,
      shards: settings.BRAZIER_STREAM_SHARDS,
      maxBacklog: settings.BRAZIER_MAX_BACKLOG,
      retentionDays: settings.BRAZIER_EVENT_RETENTION_DAYS,
    },
    secrets: {
      inputs: settings.BRAZIER_SECRETS,
      deployment: [
        ...ownReferences.filter((reference) => reference !== undefined),
        ...settings.BRAZIER_API_KEYS.map(({ reference }) => reference),
        ...settings.BRAZIER_EVENT_SOURCES.map(({ reference }) => reference),
      ],
    },
    allowedHosts: settings.BRAZIER_ALLOWED_HOSTS,
    allowedS3Endpoints: settings.BRAZIER_ALLOWED_S3_ENDPOINTS,
    workDir: settings.BRAZIER_WORK_DIR ?? join(tmpdir(), 'brazier'),
    logLevel: settings.BRAZIER_LOG_LEVEL,
    duckdb: {
      memoryLimitMiB: settings.BRAZIER_DUCKDB_MEMORY_MIB,
      threads: settings.BRAZIER_DUCKDB_THREADS,
    },
    maxCachedWorkflows: settings.BRAZIER_MAX_CACHED_WORKFLOWS,
    watchSeconds: settings.BRAZIER_WATCH_SECONDS,
    workflowBundle: settings.BRAZIER_WORKFLOW_BUNDLE,
  };
}
