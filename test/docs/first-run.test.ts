import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { firstRunCommands } from '../../src/cli/dev-first-run';
import { DEV_INTEGRATION } from '../../src/cli/dev-sources';
import { eventsSchema } from '../../src/contract/schemas/capture';
import { withJsonSchemaCheck } from './json-schema-check';
import { page, ROOT } from './markdown-pages';

function json(...path: string[]): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, ...path), 'utf8')) as Record<string, unknown>;
}

/** Without the name of its language, which Fastify would want to load. */
function schemaOf(file: string): object {
  const { $schema, ...schema } = json('src', 'contract', 'schemas', 'json', file);
  expect($schema).toContain('json-schema.org');
  return schema;
}

const INPUTS = [
  ['setup-integration.json', 'setup-integration.json'],
  ['activate-audience.json', 'activate-audience.json'],
  ['schedule.json', 'audience-schedule.json'],
  ['external-api.json', 'external-api.json'],
  ['test-external-api.json', 'test-external-api.json'],
  ['segment.json', 'segment.json'],
  ['activate-engagement.json', 'activate-engagement.json'],
] as const;

test('every example of an input is as its JSON Schema says', async () => {
  const wrong: string[] = [];
  await withJsonSchemaCheck((check) => {
    for (const [example, schema] of INPUTS) {
      if (!check(schemaOf(schema), json('examples', example))) wrong.push(example);
    }
    if (check(schemaOf('external-api.json'), { ...json('examples', 'external-api.json'), nonsense: 1 }))
      wrong.push('nonsense is taken');
  });
  expect(wrong).toEqual([]);
});

test('the events of the example are taken as a request', () => {
  expect(eventsSchema.safeParse(json('examples', 'events.json')).success).toBe(true);
});

test('the examples of a first run belong together, and to the integration that dev prepares', () => {
  const engagement = json('examples', 'activate-engagement.json');
  const segment = json('examples', 'segment.json');
  const api = json('examples', 'external-api.json');
  const apiTest = json('examples', 'test-external-api.json');
  const { integration, ...ownSegment } = segment;
  expect(engagement).toMatchObject({ segment: ownSegment, action: { externalApi: api } });
  expect(engagement['action']).toMatchObject({ testValues: apiTest['values'] });
  expect(apiTest['externalApi']).toBe(api['name']);
  const audience = json('examples', 'activate-audience.json');
  for (const one of [integration, engagement['integration'], apiTest['integration'], audience['integration']])
    expect(one).toBe(DEV_INTEGRATION);
  const file = gunzipSync(readFileSync(join(ROOT, 'examples', 'active-customers.csv.gz'))).toString();
  expect(file).toBe('customer_id\nc-1\nc-2\nc-3\n');
  expect(audience).toMatchObject({ source: { idColumn: 'customer_id' } });
});

test('what dev prints for a first run stands in its page, in this order', () => {
  const { text } = page(join('docs', 'first-run.md'));
  const commands = firstRunCommands((name) => `examples/${name}`).flatMap(({ lines }) => lines);
  const places = commands.map((command) => text.indexOf(`\n${command}\n`));
  expect(commands.filter((_, index) => places[index] === -1)).toEqual([]);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});
