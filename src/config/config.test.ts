import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from './config';
import { settingsSchema } from './settings-schema';

const minimal = {
  BRAZIER_STATE_BUCKET: 'state',
  BRAZIER_SMTP_URL: 'smtp://localhost:1025',
  BRAZIER_MAIL_FROM: 'Brazier <brazier@example.com>',
  BRAZIER_OPERATORS: 'one@example.com, two@example.com',
  BRAZIER_LINK_SECRET: 'env:LINK_SECRET',
};

function exampleVariables(): { name: string; value: string; comment: string }[] {
  const lines = readFileSync(join(__dirname, '../../.env.example'), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const [, name, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value: value ?? '', comment: lines[index - 1] ?? '' }];
  });
}

test('.env.example has exactly the keys that are read, each with a comment', () => {
  const variables = exampleVariables();
  expect(variables.map(({ name }) => name).sort()).toEqual(Object.keys(settingsSchema.shape).sort());
  expect(variables.filter(({ comment }) => !comment.startsWith('# '))).toEqual([]);
});

test('.env.example loads as it stands', () => {
  const env = Object.fromEntries(exampleVariables().map(({ name, value }) => [name, value]));
  expect(loadConfig(env)).toMatchObject({ ok: true, value: { secrets: { inputs: ['env:BRAZE_REST_KEY'] } } });
});

test('fills in defaults and takes blank variables for absent ones', () => {
  expect(loadConfig({ ...minimal, BRAZIER_GATEWAY_PORT: '', BRAZIER_HOOK_TOKEN: ' ' })).toMatchObject({
    ok: true,
    value: {
      mail: { operators: ['one@example.com', 'two@example.com'] },
      gateway: { url: 'http://localhost:8088', port: 8088, mailgunMarksMail: false, snsTopicArns: [] },
      secrets: { inputs: [], deployment: ['env:LINK_SECRET'] },
      duckdb: { memoryLimitMiB: 256, threads: 2 },
    },
  });
});

test('reads lists, origins and numbers', () => {
  const outcome = loadConfig({
    ...minimal,
    BRAZIER_SECRETS: 'env:A,file:/run/secrets/b',
    BRAZIER_ALLOWED_HOSTS: 'http://localhost:8091/',
    BRAZIER_DUCKDB_MEMORY_MIB: '512',
    BRAZIER_STATE_PATH: '/brazier/',
    BRAZIER_MAILGUN_SIGNING_KEY: 'file:/run/secrets/mailgun',
    BRAZIER_MAILGUN_MARKS_MAIL: 'true',
    BRAZIER_SNS_TOPIC_ARNS: 'arn:aws:sns:eu-west-1:123456789012:a, arn:aws-cn:sns:cn-north-1:123456789012:b',
  });
  expect(outcome).toMatchObject({
    ok: true,
    value: {
      secrets: { inputs: ['env:A', 'file:/run/secrets/b'] },
      allowedHosts: ['http://localhost:8091'],
      duckdb: { memoryLimitMiB: 512 },
      stateBucket: { path: 'brazier' },
      gateway: {
        mailgunSigningKey: 'file:/run/secrets/mailgun',
        mailgunMarksMail: true,
        snsTopicArns: ['arn:aws:sns:eu-west-1:123456789012:a', 'arn:aws-cn:sns:cn-north-1:123456789012:b'],
      },
    },
  });
});

test('names every bad variable at once, and no value', () => {
  const outcome = loadConfig({
    BRAZIER_SMTP_URL: 'hush',
    BRAZIER_OPERATORS: 'hush',
    BRAZIER_LINK_SECRET: 'hush-literal',
    BRAZIER_SECRETS: 'env:A,hush',
    BRAZIER_GATEWAY_PORT: 'hush',
    BRAZIER_LOG_LEVEL: 'hush',
    BRAZIER_MAILGUN_MARKS_MAIL: 'hush',
    BRAZIER_SNS_TOPIC_ARNS: 'hush',
  });
  const message = outcome.ok ? '' : outcome.fault.message;
  for (const name of [
    'STATE_BUCKET',
    'SMTP_URL',
    'MAIL_FROM',
    'OPERATORS',
    'LINK_SECRET',
    'SECRETS',
    'GATEWAY_PORT',
    'LOG_LEVEL',
    'MAILGUN_MARKS_MAIL',
    'SNS_TOPIC_ARNS',
  ]) {
    expect(message).toContain(`BRAZIER_${name}`);
  }
  expect(message).toContain('BRAZIER_STATE_BUCKET: is missing');
  expect(message).not.toContain('hush');
});

test.each([
  [{ BRAZIER_STATE_ACCESS_KEY_ID: 'env:ID' }, 'BRAZIER_STATE_SECRET_ACCESS_KEY'],
  [{ BRAZIER_SECRETS: 'env:LINK_SECRET' }, 'BRAZIER_SECRETS'],
  [{ BRAZIER_HOOK_TOKEN: 'env:HOOK', BRAZIER_SECRETS: 'env:HOOK' }, 'BRAZIER_SECRETS'],
  [{ BRAZIER_MAILGUN_SIGNING_KEY: 'env:KEY', BRAZIER_SECRETS: 'env:KEY' }, 'BRAZIER_SECRETS'],
  [{ BRAZIER_API_KEYS: 'crm=env:CRM', BRAZIER_SECRETS: 'env:CRM' }, 'BRAZIER_SECRETS'],
  [{ BRAZIER_API_KEYS: 'crm=env:A,crm=env:B' }, 'BRAZIER_API_KEYS'],
  [{ BRAZIER_API_KEYS: 'crm=env:A,etl=env:A' }, 'BRAZIER_API_KEYS'],
  [{ BRAZIER_EVENT_SOURCES: 'web:shop=env:A,web:shop=env:B' }, 'BRAZIER_EVENT_SOURCES'],
  [{ BRAZIER_EVENT_SOURCES: 'web:shop=env:A,app:shop=env:A' }, 'BRAZIER_EVENT_SOURCES'],
  [{ BRAZIER_EVENT_SOURCES: 'web:shop=env:A', BRAZIER_SECRETS: 'env:A' }, 'BRAZIER_SECRETS'],
])('%p contradicts itself', (extra, name) => {
  const outcome = loadConfig({ ...minimal, ...extra });
  expect(outcome).toMatchObject({ ok: false, fault: { code: 'INPUT_INVALID' } });
  expect(JSON.stringify(outcome)).toContain(name);
});

test('callers of the API have a name, permissions and a reference', () => {
  const outcome = loadConfig({ ...minimal, BRAZIER_API_KEYS: 'crm=env:CRM, etl:start+read=file:/run/etl' });
  expect(outcome).toMatchObject({
    ok: true,
    value: {
      gateway: {
        apiKeys: [
          { name: 'crm', permissions: ['start', 'decide', 'read', 'people'], reference: 'env:CRM' },
          { name: 'etl', permissions: ['start', 'read'], reference: 'file:/run/etl' },
        ],
      },
      secrets: { deployment: ['env:LINK_SECRET', 'env:CRM', 'file:/run/etl'] },
    },
  });
});

test.each(['hush', 'crm=hush', 'CRM=env:A', 'crm:own=env:A', 'crm:=env:A', 'env:A', '=env:A'])(
  '%s is no caller, and is not repeated',
  (text) => {
    const outcome = loadConfig({ ...minimal, BRAZIER_API_KEYS: text });
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'INPUT_INVALID' } });
    expect(outcome.ok ? '' : outcome.fault.message).toContain('BRAZIER_API_KEYS');
    expect(outcome.ok ? '' : outcome.fault.message).not.toContain('hush');
  },
);

test('a source of events has a name, an integration and a reference, which no input may name', () => {
  const outcome = loadConfig({
    ...minimal,
    BRAZIER_EVENT_SOURCES: 'web:shop=env:WEB, web:acme=file:/run/web',
  });
  expect(outcome).toMatchObject({
    ok: true,
    value: {
      gateway: {
        eventSources: [
          { name: 'web', integration: 'shop', reference: 'env:WEB' },
          { name: 'web', integration: 'acme', reference: 'file:/run/web' },
        ],
      },
      secrets: { deployment: ['env:LINK_SECRET', 'env:WEB', 'file:/run/web'] },
    },
  });
});

test.each(['hush', 'web:shop=hush', 'web=env:A', 'Web:shop=env:A', 'web:Shop=env:A', ':shop=env:A'])(
  '%s is no source of events, and is not repeated',
  (text) => {
    const outcome = loadConfig({ ...minimal, BRAZIER_EVENT_SOURCES: text });
    expect(outcome.ok ? '' : outcome.fault.message).toContain('BRAZIER_EVENT_SOURCES');
    expect(outcome.ok ? '' : outcome.fault.message).not.toContain('hush');
  },
);
