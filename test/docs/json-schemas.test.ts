import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type z } from 'zod';
import { renderJsonSchemas } from '../../scripts/generate-json-schemas';
import { INTEGRATION_MESSAGES } from '../../src/contract/entity';
import { RUN_MESSAGES } from '../../src/contract/messages';
import { TERMS_VERSION } from '../../src/contract/names';
import { ENGAGEMENT_MESSAGES } from '../../src/contract/engagement';
import {
  activateEngagementSchema,
  engagementActivateSchema,
  engagementChangeSchema,
  engagementUpgradeSchema,
} from '../../src/contract/schemas/engagement';
import { activateAudienceSchema } from '../../src/contract/schemas/activate-audience';
import {
  approvalDecisionSchema,
  confirmationAnswerSchema,
  emptyRequestSchema,
  pauseRequestSchema,
} from '../../src/contract/schemas/run-messages';
import { importProfilesSchema } from '../../src/contract/schemas/profile-import';
import { segmentSchema } from '../../src/contract/schemas/segment';
import { setupIntegrationSchema } from '../../src/contract/schemas/setup-integration';
import { withJsonSchemaCheck } from './json-schema-check';

const FOLDER = join(__dirname, '..', '..', 'src', 'contract', 'schemas', 'json');

test('the JSON Schemas are what the schemas say, and there is no other', () => {
  const kept = new Map(
    readdirSync(FOLDER).map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')] as const),
  );
  expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(renderJsonSchemas()));
});

test('no part of a schema was left open because it could not be told', () => {
  const open: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    if (Object.keys(schema).every((key) => key === 'default' || key === 'description')) open.push(path);
    if ('items' in schema) walk(schema.items, `${path}[]`);
    if (!('properties' in schema) || typeof schema.properties !== 'object') return;
    for (const [name, child] of Object.entries(schema.properties ?? {})) walk(child, `${path}.${name}`);
  };
  for (const [file, text] of renderJsonSchemas()) walk(JSON.parse(text), file);
  expect(open).toEqual([]);
});

test('every file has an id, a title and a sentence, and so has every field', () => {
  const silent: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    if ('items' in schema) walk(schema.items, `${path}[]`);
    if ('oneOf' in schema && Array.isArray(schema.oneOf)) for (const form of schema.oneOf) walk(form, path);
    if (!('properties' in schema) || typeof schema.properties !== 'object') return;
    for (const [name, child] of Object.entries(schema.properties ?? {})) {
      if (!('description' in (child as object))) silent.push(`${path}.${name}`);
      walk(child, `${path}.${name}`);
    }
  };
  const ids = new Set<unknown>();
  for (const [file, text] of renderJsonSchemas()) {
    const schema = JSON.parse(text) as Record<string, unknown>;
    expect(schema).toMatchObject({ title: expect.any(String), description: expect.any(String) });
    ids.add(schema['$id']);
    walk(schema, file);
  }
  expect(ids.size).toBe(renderJsonSchemas().size);
  expect(silent).toEqual([]);
});

test('everything that a person or a service sends has a schema', () => {
  const files = new Set(renderJsonSchemas().keys());
  const messages = [
    ...Object.values(RUN_MESSAGES),
    ...Object.values(INTEGRATION_MESSAGES).map((name) => `integration-${name}`),
    ...Object.values(ENGAGEMENT_MESSAGES).map((name) => `engagement-${name}`),
  ];
  const started = ['activate-audience', 'setup-integration', 'activate-engagement', 'import-profiles'];
  expect([...messages, ...started].filter((name) => !files.has(`${name}.json`))).toEqual([]);
});

const activation = {
  integration: 'acme',
  audience: 'Active customers',
  source: { key: 'members.csv' },
  terms: { acceptedBy: 'Ada', version: TERMS_VERSION },
};
const source = (more: object) => ({ ...activation, source: more });
const setup = {
  name: 'acme',
  braze: { endpoint: 'https://rest.iad-01.braze.com', restKey: 'env:BRAZE_KEY' },
  exchange: { bucket: 'acme-exchange', region: 'eu-central-1' },
};
const exchange = (more: object) => ({ ...setup, exchange: { ...setup.exchange, ...more } });

const segment = (condition: unknown) => ({ integration: 'acme', name: 'regulars', condition });
const bought = { event: 'Purchase', atLeast: 3, withinDays: 30 };
const tested = (tests: object) => segment({ field: 'traits.plan', ...tests });

const engagement = {
  integration: 'acme',
  name: 'third-purchase',
  segment: 'bought-three-times',
  action: { externalApi: 'tier', parameters: { user: { userField: 'externalId' } } },
  activatedBy: 'Ada',
};
const mapped = (user: object) => ({
  ...engagement,
  action: { ...engagement.action, parameters: { user } },
});

const people = {
  integration: 'acme',
  source: { key: 'people.csv' },
  identifiers: { externalId: 'id' },
  by: 'Ada',
};

const TABLE: [file: string, input: unknown, good: boolean][] = [
  ['import-profiles', people, true],
  ['import-profiles', { ...people, traits: { plan: 'tier' } }, true],
  ['import-profiles', { ...people, traits: 'none' }, false],
  ['import-profiles', { ...people, identifiers: {} }, false],
  ['import-profiles', { ...people, by: ' ' }, false],
  ['import-profiles', { ...people, source: { key: 'a/{{date:yyyy}}.csv' } }, false],
  ['import-profiles', { ...people, source: { key: 's3://bucket/a.csv' } }, false],
  ['import-profiles', { ...people, source: { key: 'a.csv', accessKeyId: 'env:ID' } }, false],
  ['import-profiles', { ...people, source: { key: 'a', format: 'parquet' } }, false],
  ['activate-audience', activation, true],
  ['activate-audience', { ...activation, audience: ' ' }, false],
  ['activate-audience', { ...activation, audience: undefined }, false],
  ['activate-audience', { ...activation, integration: 'Acme' }, false],
  ['activate-audience', { ...activation, colour: 'red' }, false],
  ['activate-audience', { ...activation, attribute: 'email' }, false],
  ['activate-audience', { ...activation, attribute: '$own' }, false],
  ['activate-audience', { ...activation, attribute: 'loyalty audience' }, true],
  ['activate-audience', { ...activation, listAction: 'replace' }, false],
  ['activate-audience', { ...activation, dryRun: 'yes' }, false],
  ['activate-audience', { ...activation, terms: { acceptedBy: '', version: TERMS_VERSION } }, false],
  ['activate-audience', { ...activation, terms: { acceptedBy: 'Ada', version: '1999' } }, false],
  ['activate-audience', { ...activation, guards: { maxRemovalShare: 1.5 } }, false],
  ['activate-audience', { ...activation, verification: { entering: 'all', leaving: 0 } }, true],
  ['activate-audience', { ...activation, verification: { entering: 'some' } }, false],
  ['activate-audience', { ...activation, confirmation: { kind: 'none', timeoutSeconds: 5 } }, false],
  ['activate-audience', { ...activation, confirmation: { kind: 'person', recipients: ['ann'] } }, false],
  [
    'activate-audience',
    { ...activation, confirmation: { kind: 'mail', allowedSenders: ['@example.com'] } },
    true,
  ],
  ['activate-audience', source({}), false],
  ['activate-audience', source({ key: 'a', prefix: 'b' }), false],
  ['activate-audience', source({ key: 's3://bucket/a.csv' }), false],
  ['activate-audience', source({ key: 'a', identifier: 'user_alias' }), false],
  ['activate-audience', source({ key: 'a', identifier: 'user_alias', aliasLabel: 'crm' }), true],
  [
    'activate-audience',
    source({ key: 'a', identifier: 'user_alias', aliasLabel: 'crm', aliasLabelColumn: 'l' }),
    false,
  ],
  ['activate-audience', source({ key: 'a', aliasLabel: 'crm' }), false],
  ['activate-audience', source({ key: 'a', accessKeyId: 'env:ID' }), false],
  ['activate-audience', source({ key: 'a', accessKeyId: 'env:ID', secretAccessKey: 'pasted' }), false],
  ['activate-audience', source({ key: 'a', accessKeyId: 'env:ID', secretAccessKey: 'file:/run/key' }), true],
  ['activate-audience', source({ key: 'a', expectedRows: -1 }), false],
  ['activate-audience', source({ key: 'a', endpoint: 'ftp://host' }), false],
  ['activate-audience', source({ key: 'a', endpoint: 'http://localhost:9000' }), true],
  ['setup-integration', setup, true],
  ['setup-integration', exchange({ secretAccessKey: 'env:KEY' }), false],
  ['setup-integration', exchange({ bucket: 'B' }), false],
  ['setup-integration', { ...setup, braze: { ...setup.braze, restKey: 'pasted-key' } }, false],
  ['setup-integration', { ...setup, braze: { ...setup.braze, endpoint: 'https://host/path' } }, false],
  ['setup-integration', { ...setup, braze: { ...setup.braze, connections: 0 } }, false],
  ['activate-engagement', engagement, true],
  ['activate-engagement', { ...engagement, activatedBy: '' }, false],
  [
    'activate-engagement',
    { ...engagement, segment: { name: 'a', condition: { event: 'b', atLeast: 1 } } },
    true,
  ],
  ['activate-engagement', { ...engagement, segment: { name: 'a' } }, false],
  ['activate-engagement', { ...engagement, frequency: 'twice' }, false],
  ['activate-engagement', mapped({ userField: 'email', constant: 1 }), false],
  ['activate-engagement', mapped({ constant: null }), true],
  ['activate-engagement', mapped({ constant: 1, default: 1 }), false],
  ['activate-engagement', mapped({ eventField: 'amount' }), false],
  ['activate-engagement', mapped({ eventField: 'properties.amount', format: { decimals: 2 } }), true],
  ['engagement-activate', { by: 'Ada', revision: 2 }, true],
  ['engagement-upgrade', { by: 'Ada' }, false],
  ['engagement-upgrade', { by: 'Ada', version: 2 }, true],
  ['engagement-pause', {}, false],
  ['approve', { planHash: 'abc', by: 'Ada' }, true],
  ['approve', { planHash: 'abc' }, false],
  ['reject', { planHash: ' ', by: 'Ada' }, false],
  ['confirm', { by: 'Ada', via: 'update' }, true],
  ['dispute', { by: 'Ada', via: 'pigeon' }, false],
  ['pause', { by: 'x'.repeat(256) }, false],
  ['resume', { by: 'Ada' }, true],
  ['segment', segment(bought), true],
  ['segment', segment({ all: [bought, { any: [{ not: bought }] }] }), true],
  ['segment', segment({ all: [bought, { any: [{ not: {} }] }] }), false],
  ['segment', segment({ all: [] }), false],
  ['segment', segment({ all: [bought], any: [bought] }), false],
  ['segment', segment({ ...bought, field: 'email' }), false],
  ['segment', segment(undefined), false],
  ['segment', segment([]), false],
  ['segment', segment({ event: 'Purchase' }), false],
  ['segment', segment({ ...bought, atLeast: 0 }), false],
  ['segment', segment({ ...bought, exactly: 4 }), false],
  ['segment', segment({ ...bought, withinHours: 4 }), false],
  ['segment', segment({ ...bought, atMost: 5 }), true],
  ['segment', segment({ ...bought, colour: 'red' }), false],
  ['segment', tested({ equals: 'gold' }), true],
  ['segment', tested({ oneOf: ['gold', 1, true] }), true],
  ['segment', tested({ oneOf: [] }), false],
  ['segment', tested({ equals: null }), false],
  ['segment', tested({}), false],
  ['segment', tested({ equals: 'gold', exists: true }), false],
  ['segment', segment({ field: 'plan', equals: 'gold' }), false],
  ['segment', segment({ field: 'events.Purchase.count', atLeast: 1.5 }), true],
  ['segment', { ...segment(bought), name: 'Regulars' }, false],
  ['status', {}, true],
  ['status', { now: true }, false],
];

const PARSERS: Record<string, z.ZodType> = {
  'activate-audience': activateAudienceSchema,
  'setup-integration': setupIntegrationSchema,
  segment: segmentSchema,
  'import-profiles': importProfilesSchema,
  'activate-engagement': activateEngagementSchema,
  'engagement-activate': engagementActivateSchema,
  'engagement-upgrade': engagementUpgradeSchema,
  'engagement-pause': engagementChangeSchema,
  approve: approvalDecisionSchema,
  reject: approvalDecisionSchema,
  confirm: confirmationAnswerSchema,
  dispute: confirmationAnswerSchema,
  pause: pauseRequestSchema,
  resume: pauseRequestSchema,
  status: emptyRequestSchema,
};

test('a JSON Schema validator and the parser agree on what is good', async () => {
  const wrong: string[] = [];
  await withJsonSchemaCheck((check) => {
    for (const [file, given, good] of TABLE) {
      const input: unknown = JSON.parse(JSON.stringify(given));
      const kept = JSON.parse(readFileSync(join(FOLDER, `${file}.json`), 'utf8')) as Record<string, unknown>;
      // Named in the file; the validator would look the dialect up, and keep the id from another run.
      const schema = Object.fromEntries(Object.entries(kept).filter(([name]) => !name.startsWith('$')));
      const verdicts = [PARSERS[file]?.safeParse(input).success, check(schema, input)];
      if (verdicts.some((verdict) => verdict !== good))
        wrong.push(`${file} ${JSON.stringify(input)}: zod ${verdicts[0]}, JSON Schema ${verdicts[1]}`);
    }
  });
  expect(wrong).toEqual([]);
});
