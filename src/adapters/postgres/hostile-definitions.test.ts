import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { type Outcome, success } from '../../contract/errors';
import { parseEngagement } from '../../contract/schemas/engagement';
import { parseExternalApi } from '../../contract/schemas/external-api';
import { parseSegment } from '../../contract/schemas/segment';
import { type JsonValue } from '../../domain/stream/vocabulary';
import { createEngagementRegistry } from './engagement-registry';
import { createRegistry, type Registry } from './registry';

let own: TestDatabase;
let registry: Registry;
let engagements: ReturnType<typeof createEngagementRegistry>;

beforeAll(async () => {
  own = await createTestDatabase();
  registry = createRegistry(own.database);
  engagements = createEngagementRegistry({
    database: own.database,
    keyFingerprint: () => Promise.resolve(success('0123456789abcdef')),
    shards: 2,
    now: Date.now,
  });
});
afterAll(() => own.close());

const deep = (levels: number): JsonValue => (levels === 0 ? 1 : { a: deep(levels - 1) });

/** What somebody puts where a text or a number belongs. */
const HOSTILE: [string, unknown][] = [
  ['a NUL character', 'a\u0000b'],
  ['half of a character', 'a\ud83d'],
  ['the other half', '\ude00'],
  ['a long text', 'x'.repeat(100_000)],
  ['quotes and braces', '"}],"x":[{'],
  ['a hole', '{{'],
  ['a tag', '{% raw %}{{ a }}'],
  ['a prototype', '__proto__'],
  ['a constructor', 'constructor'],
  ['nothing', ''],
  ['an infinite number', JSON.parse('1e400')],
  ['a large number', 2 ** 53 + 2],
  ['a thousand levels', deep(1_000)],
  ['a field named __proto__', JSON.parse('{"__proto__":{"isAdmin":true}}')],
  ['a field with a NUL character', { 'a\u0000': 1 }],
];

const API = {
  name: 'lead-profile',
  description: 'words',
  channel: 'profile',
  channelIdentifier: 'main',
  payload: {
    attributes: [{ external_id: '{{ id }}', plan: '{{ plan | downcase | append: "x" }}', note: 'constant' }],
  },
  parameters: { id: {}, plan: { type: 'string', required: false, default: 'none', description: 'words' } },
};
const SEGMENT = {
  integration: 'shop',
  name: 'regulars',
  description: 'words',
  condition: {
    any: [
      { event: 'Purchase', atLeast: 3, withinDays: 30 },
      { field: 'traits.plan', oneOf: ['gold', 1] },
      { not: { field: 'events.Purchase.last.price', equals: 'x' } },
      { field: 'traits.until', olderThanDays: 3 },
    ],
  },
};
const ENGAGEMENT = {
  integration: 'shop',
  name: 'welcome',
  description: 'words',
  goal: 'words',
  segment: { name: 'regulars', condition: { field: 'traits.plan', equals: 'gold' } },
  action: {
    externalApi: API,
    parameters: {
      id: { userField: 'externalId' },
      plan: { eventField: 'properties.plan', format: { case: 'lower' }, default: 'none' },
    },
    testValues: { id: 'u', plan: 'gold' },
  },
  activatedBy: 'Ada',
};

/** Every value of a sample replaced by another, one at a time, and every name of a field. */
function* variants(sample: unknown, odd: unknown): Generator {
  if (typeof sample !== 'object' || sample === null) {
    yield odd;
    return;
  }
  const entries = Object.entries(sample);
  for (const [at, [name, held]] of entries.entries()) {
    for (const changed of variants(held, odd)) yield rebuilt(sample, entries, at, [name, changed]);
    if (typeof odd === 'string' && !Array.isArray(sample)) yield rebuilt(sample, entries, at, [odd, held]);
  }
}

function rebuilt(
  sample: object,
  entries: [string, unknown][],
  at: number,
  entry: [string, unknown],
): unknown {
  const changed = entries.with(at, entry);
  return Array.isArray(sample) ? changed.map(([, value]) => value) : Object.fromEntries(changed);
}

/** Saves whatever is let through, and answers how many variants were let through. */
async function saveAll<T>(
  sample: unknown,
  parse: (input: unknown) => Outcome<T>,
  save: (parsed: T) => Promise<Outcome<unknown>>,
): Promise<number> {
  let taken = 0;
  for (const [what, odd] of HOSTILE) {
    for (const input of variants(sample, odd)) {
      const parsed = parse(input);
      if (!parsed.ok) {
        expect(parsed.fault.message.length).toBeLessThan(10_000);
        continue;
      }
      const saved = await save(parsed.value);
      if (!saved.ok) throw new Error(`${what}: ${saved.fault.message}`);
      taken += 1;
    }
  }
  return taken;
}

test('whatever is let through as an External API can be kept, and is what it was', async () => {
  const taken = await saveAll(API, parseExternalApi, async (definition) => {
    const saved = await registry.saveExternalApi(definition);
    if (saved.ok) expect(saved.value.definition).toEqual(definition);
    return saved;
  });
  expect(taken).toBeGreaterThan(10);
}, 120_000);

test('whatever is let through as a segment can be kept, and is what it was', async () => {
  const taken = await saveAll(SEGMENT, parseSegment, async (segment) => {
    const saved = await registry.saveSegment(segment);
    if (saved.ok) expect(saved.value.condition).toEqual(segment.condition);
    return saved;
  });
  expect(taken).toBeGreaterThan(10);
}, 120_000);

test('whatever is let through as an engagement can be kept', async () => {
  const taken = await saveAll(ENGAGEMENT, parseEngagement, async (engagement) => {
    const saved = await engagements.save({ engagement });
    // Its parts have to fit each other, which is found out by the database's side.
    return saved.ok || saved.fault.code === 'INPUT_INVALID' ? success(undefined) : saved;
  });
  expect(taken).toBeGreaterThan(10);
}, 120_000);
