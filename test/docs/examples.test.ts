import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseActivation } from '../../src/contract/schemas/activate-audience';
import { parseEngagement } from '../../src/contract/schemas/engagement';
import { parseSchedule } from '../../src/contract/schemas/audience-schedule';
import { parseSegment } from '../../src/contract/schemas/segment';
import { parseSetup } from '../../src/contract/schemas/setup-integration';

const ROOT = join(__dirname, '..', '..');

function read(...path: string[]): string {
  return readFileSync(join(ROOT, ...path), 'utf8');
}

test('the example of setupIntegration is a valid input', () => {
  expect(parseSetup(JSON.parse(read('examples', 'setup-integration.json')))).toMatchObject({
    ok: true,
    value: { name: 'acme', braze: { requestsPerSecond: 1000 } },
  });
});

test('the example of activateAudience is a valid input for that integration', () => {
  expect(parseActivation(JSON.parse(read('examples', 'activate-audience.json')))).toMatchObject({
    ok: true,
    value: { integration: 'acme', source: { format: 'csv', compression: 'gzip' } },
  });
});

test('the example of a schedule is a valid input for that integration', () => {
  expect(parseSchedule(JSON.parse(read('examples', 'schedule.json')))).toMatchObject({
    ok: true,
    value: {
      settings: { cron: ['30 5 * * *'], overlap: 'bufferOne' },
      activation: { integration: 'acme', skipUnchanged: true, source: { timeZone: 'Europe/Berlin' } },
    },
  });
});

test('the example of activateEngagement is a valid input for that integration', () => {
  expect(parseEngagement(JSON.parse(read('examples', 'activate-engagement.json')))).toMatchObject({
    ok: true,
    value: { integration: 'acme', frequency: 'once', includeCurrent: false },
  });
});

const BLOCKS = /```json (setupIntegration|activateAudience)\n([^]*?)\n```/g;

test.each(['README.md', 'docs/inputs.md'])('every input that %s shows is valid', (page) => {
  const blocks = [...read(page).matchAll(BLOCKS)];
  expect(blocks.length).toBeGreaterThan(0);
  for (const [, workflow, body = ''] of blocks) {
    const parse = workflow === 'setupIntegration' ? parseSetup : parseActivation;
    expect(parse(JSON.parse(body))).toMatchObject({ ok: true });
  }
});

test('every segment that docs/segments.md shows is valid', () => {
  const blocks = [...read('docs', 'segments.md').matchAll(/```json segment\n([^]*?)\n```/g)];
  expect(blocks.length).toBeGreaterThan(3);
  for (const [, body = ''] of blocks) expect(parseSegment(JSON.parse(body))).toMatchObject({ ok: true });
});
