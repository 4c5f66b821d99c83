import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config/config';
import { settingsSchema } from '../../src/config/settings-schema';

const ROOT = join(__dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

const CONDITIONS = ['service_healthy', 'service_completed_successfully'] as const;
const serviceSchema = z.object({
  image: z.string(),
  build: z.string().optional(),
  restart: z.string(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.array(z.object({ path: z.string(), required: z.boolean() })).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.enum(CONDITIONS) })).default({}),
  healthcheck: z
    .object({ test: z.tuple([z.literal('CMD')], z.string()) })
    .or(z.object({ disable: z.literal(true) }))
    .optional(),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  secrets: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).optional(),
  stop_grace_period: z.string().optional(),
  read_only: z.boolean().optional(),
  mem_limit: z
    .string()
    .regex(/^\d+[mg]$/)
    .transform((size) => parseInt(size, 10) * (size.endsWith('g') ? 1024 : 1))
    .optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) })),
  secrets: z.record(z.string(), z.object({ environment: z.string() })),
});

const text = read('docker-compose.yml');
const compose = composeSchema.parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);
/** Services that end: what waits for them waits for their end. */
const oneShots = services.filter(([, { restart }]) => restart.startsWith('on-failure')).map(([name]) => name);

function service(name: string) {
  const found = compose.services[name];
  if (!found) throw new Error(`there is no service ${name}`);
  return found;
}

/** Variables of a file of `NAME=value` lines, each after a comment. */
function variablesOf(name: string): Map<string, string> {
  const lines = read(name).split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, key, value = ''] = /^([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, value] as const];
    }),
  );
}

const example = variablesOf('docker/compose.env.example');
const SUBSTITUTION = /\$\{([A-Z0-9_]+)(?:(:-|:\?)([^}]*))?\}/g;

/** What Compose makes of a value, with each variable of the example filled in. */
function substituted(value: string): string {
  return value.replace(
    SUBSTITUTION,
    (_all, name: string, kind: string | undefined, word: string | undefined) => {
      const given = example.get(name);
      if (given !== undefined) return given === '' ? 'x'.repeat(40) : given;
      return kind === ':-' ? (word ?? '') : '';
    },
  );
}

test('every service that stays says when it is healthy and is started again; the others end', () => {
  expect(services.length).toBeGreaterThan(8);
  for (const [name, { healthcheck, restart }] of services) {
    if (oneShots.includes(name)) continue;
    expect([name, restart]).toEqual([name, 'unless-stopped']);
    expect([name, healthcheck]).toEqual([name, { test: expect.arrayContaining(['CMD']) }]);
  }
});

test('whoever waits, waits for something that comes', () => {
  for (const [name, { depends_on }] of services) {
    for (const [target, { condition }] of Object.entries(depends_on)) {
      expect([name, target, Object.keys(compose.services)]).toEqual([
        name,
        target,
        expect.arrayContaining([target]),
      ]);
      expect([name, target, condition]).toEqual([
        name,
        target,
        oneShots.includes(target) ? 'service_completed_successfully' : 'service_healthy',
      ]);
      expect(service(target).profiles).toBeUndefined();
    }
  }
});

test('images are pinned, by a tag that is no moving word', () => {
  for (const [name, { image }] of services) {
    expect([name, substituted(image)]).toEqual([name, expect.stringMatching(/:v?\d|^brazier:local$/)]);
  }
});

test('every variable has a default or is in the example; what protects something has no default', () => {
  const names = new Set<string>();
  for (const [, name = '', kind, word = ''] of text.matchAll(SUBSTITUTION)) {
    names.add(name);
    expect([name, kind === ':-' || (kind === ':?' && example.has(name))]).toEqual([name, true]);
    if (/PASSWORD|SECRET_|_SECRET$|TOKEN|KEY(_ID)?$/.test(name) && name !== 'BRAZIER_SECRETS') {
      expect([name, kind === ':-' ? word : '']).toEqual([name, '']);
    }
  }
  for (const name of example.keys()) expect(names).toContain(name);
  for (const [name, value] of example) {
    if (/PASSWORD|SECRET|TOKEN|KEY/.test(name)) expect([name, value]).toEqual([name, '']);
  }
});

test('volumes, networks and secrets are declared, and none is left over', () => {
  const used = (pick: (one: z.infer<typeof serviceSchema>) => string[]) =>
    [...new Set(services.flatMap(([, one]) => pick(one)))].sort();
  const named = used(({ volumes }) =>
    volumes.map((volume) => volume.split(':', 1)[0] ?? '').filter((source) => !source.startsWith('.')),
  );
  expect(named).toEqual(Object.keys(compose.volumes).sort());
  expect(used(({ networks }) => networks)).toEqual(Object.keys(compose.networks).sort());
  expect(used(({ secrets }) => secrets)).toEqual(Object.keys(compose.secrets).sort());
});

test('files that are mounted exist', () => {
  const mounted = services.flatMap(([, { volumes }]) => volumes.filter((volume) => volume.startsWith('./')));
  expect(mounted.length).toBeGreaterThan(2);
  for (const volume of mounted) expect(read(volume.split(':', 1)[0] ?? '')).not.toBe('');
});

test('no read-only service takes a secret from a variable, which Compose would have to write into it', () => {
  // "secret … in read-only service: `file` is the sole supported option": https://github.com/docker/compose/pull/12531 (read 2026-11).
  const takers = services.filter(([, { secrets }]) => secrets.length > 0);
  expect(takers.map(([name]) => name)).toContain('sandbox');
  for (const [name, { read_only }] of takers) expect([name, read_only ?? false]).toEqual([name, false]);
});

test('every port is published on this machine only', () => {
  for (const [name, { ports }] of services) {
    for (const port of ports) expect([name, port]).toEqual([name, expect.stringMatching(/^127\.0\.0\.1:/)]);
  }
});

/** The image sets these, and has the only workflow bundle. */
const NOT_PASSED = [
  'BRAZIER_GATEWAY_HOST',
  'BRAZIER_GATEWAY_PORT',
  'BRAZIER_WORKER_HOST',
  'BRAZIER_WORKER_PORT',
  'BRAZIER_WORK_DIR',
  'BRAZIER_WORKFLOW_BUNDLE',
];

test.each([
  ['worker', NOT_PASSED],
  ['gateway', [...NOT_PASSED, 'BRAZIER_SDK_METRICS_PORT']],
])('every setting reaches the %s from .env, unless the image has it', (name, notPassed) => {
  const passed = Object.keys(service(name).environment).filter((key) => key in settingsSchema.shape);
  expect([...passed, ...notPassed].sort()).toEqual(Object.keys(settingsSchema.shape).sort());
  // What references of .env name, e.g. the keys of the API's callers, has to get into the container too.
  expect(service(name).env_file).toEqual([{ path: 'secrets.env', required: false }]);
});

test('the file of secrets is kept out of the repository', () => {
  expect(read('.gitignore').split('\n')).toEqual(expect.arrayContaining(['.env', 'secrets.env']));
});

test('the API and the hooks can be switched on from .env', () => {
  const given: Record<string, string> = {
    BRAZIER_API_KEYS: 'crm=env:CRM_API_KEY',
    BRAZIER_MAILGUN_SIGNING_KEY: 'env:MAILGUN_SIGNING_KEY',
    BRAZIER_SNS_TOPIC_ARNS: 'arn:aws:sns:us-east-1:123456789012:mails',
  };
  const environment = Object.entries(service('gateway').environment).map(
    ([key, value]) => [key, given[key] ?? substituted(value)] as const,
  );
  for (const key of Object.keys(given)) expect(service('gateway').environment[key]).toBe(`\${${key}:-}`);
  expect(loadConfig(Object.fromEntries(environment))).toMatchObject({
    ok: true,
    value: { gateway: { apiKeys: [{ name: 'crm' }], snsTopicArns: [given['BRAZIER_SNS_TOPIC_ARNS']] } },
  });
});

test.each(['worker', 'gateway'])('the %s’s settings are settings, and it would start with them', (name) => {
  const environment = Object.fromEntries(
    Object.entries(service(name).environment).map(([key, value]) => [key, substituted(value)]),
  );
  const loaded = loadConfig(environment);
  expect(loaded.ok ? '' : loaded.fault.message).toBe('');
  if (!loaded.ok) return;
  const { inputs, deployment } = loaded.value.secrets;
  const referenced = new Set([...inputs, ...deployment].map((reference) => reference.replace(/^env:/, '')));
  for (const key of Object.keys(environment)) {
    const known =
      key in settingsSchema.shape ||
      key.startsWith('TEMPORAL_') ||
      key === 'NODE_OPTIONS' ||
      referenced.has(key);
    expect([key, known]).toEqual([key, true]);
  }
  // Each reference means something in the container.
  for (const reference of referenced) expect(environment[reference]).toBeTruthy();
});

/** Node's own heap limit, which knows nothing of the container's. */
function heapMiB(options: string | undefined): number | undefined {
  const [, size] = /--max-old-space-size=(\d+)/.exec(options ?? '') ?? [];
  return size === undefined ? undefined : Number(size);
}

test('whatever publishes a port or calls somebody else is on a network that reaches the outside', () => {
  const open = Object.keys(compose.networks).filter((name) => !compose.networks[name]?.internal);
  const needed = services.filter(([name, { ports }]) => ports.length > 0 || name === 'worker');
  expect(needed.length).toBeGreaterThan(5);
  for (const [name, { networks }] of needed)
    expect([name, networks.some((network) => open.includes(network))]).toEqual([name, true]);
  // The comment beside the networks says which ones are not internal.
  expect(open.sort()).toEqual(['outside', 'temporal']);
  expect(service('temporal-db').networks).toEqual(['temporal-db']);
  expect(service('database').networks).toEqual(['database']);
});

test.each([
  ['temporal-db', 'temporal'],
  ['database', 'brazier'],
])('%s is healthy only once it listens for others, not while it is set up over its socket', (name, user) => {
  expect(service(name).environment['POSTGRES_USER']).toBe(user);
  expect(service(name).healthcheck).toEqual({
    test: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', user],
  });
});

test('the address of the database names the service, its user and its password', () => {
  const url = new URL(substituted(service('worker').environment['DATABASE_URL'] ?? ''));
  expect(url).toMatchObject({
    ...{ protocol: 'postgres:', hostname: 'database', port: '5432', username: 'brazier' },
    password: substituted(service('database').environment['POSTGRES_PASSWORD'] ?? ''),
    pathname: `/${service('database').environment['POSTGRES_USER'] ?? ''}`,
  });
});

test('the heap of every process fits into its container, with room for what lies outside of it', () => {
  const ofImage = heapMiB(read('Dockerfile'));
  expect(ofImage).toBeGreaterThan(0);
  const limited = services.filter(
    ([, { image, restart }]) => image.includes('brazier') && restart === 'unless-stopped',
  );
  expect(limited.map(([name]) => name).sort()).toEqual(['gateway', 'sandbox', 'worker']);
  for (const [name, { mem_limit = 0, environment }] of limited) {
    const heap = heapMiB(environment['NODE_OPTIONS']) ?? ofImage ?? Infinity;
    expect([name, heap + 160 <= mem_limit]).toEqual([name, true]);
  }
});

test('a worker may drain for as long as it takes', () => {
  const source = read('src/worker.ts');
  const force = Number(/SHUTDOWN_FORCE = '(\d+)s'/.exec(source)?.[1]);
  expect(force).toBeGreaterThan(0);
  expect(parseInt(service('worker').stop_grace_period ?? '', 10)).toBeGreaterThan(force);
});
