import { mapRow, mappedFields, type RowMapping } from './import-row';
import { type JsonValue } from './vocabulary';

const ALL: RowMapping = { identifiers: { externalId: 'id', email: 'mail' }, traits: 'allOther' };

test('every other field is a trait, or those that are named', () => {
  const row = { id: 'c-1', mail: 'a@example.com', plan: 'gold', constructor: 1, left: null };
  const identifiers = { externalId: 'c-1', email: 'a@example.com' };
  const traits = { plan: 'gold', constructor: 1, left: null };
  expect(mapRow(row, ALL)).toEqual({ ok: true, identifiers, traits });
  const named = { ...ALL, traits: { tier: 'plan', town: 'city', mail: 'mail' } };
  expect(mapRow(row, named)).toEqual({
    ok: true,
    identifiers,
    traits: { tier: 'gold', mail: 'a@example.com' },
  });
  expect(mappedFields(ALL)).toEqual(['id', 'mail']);
  expect(mappedFields(named)).toEqual(['id', 'mail', 'plan', 'city']);
});

test('whole numbers are identifiers, blank ones and null are none', () => {
  expect(mapRow({ id: 17, mail: ' ' }, ALL)).toEqual({
    ok: true,
    identifiers: { externalId: '17' },
    traits: {},
  });
  expect(mapRow({ id: null, mail: 'a@example.com' }, ALL)).toMatchObject({ ok: true });
});

test.each<[string, JsonValue]>([
  ['is not a JSON object', ['secret']],
  ['is not a JSON object', null],
  ['is not a JSON object', 'secret'],
  ['has no identifier', { id: '', mail: null, name: 'secret' }],
  ['has no identifier', {}],
  ['externalId is no text', { id: { secret: 1 } }],
  ['externalId is no text', { id: 2 ** 60 }],
  ['email is no text', { id: 'a', mail: true }],
  ['holds a NUL character or half of a surrogate pair', { id: 'a', name: 'secret\0' }],
  ['a trait has more than 8192 bytes as JSON', { id: 'a', name: 'ö'.repeat(4_096) }],
])('%s', (reason, row) => {
  expect(mapRow(row, ALL)).toEqual({ ok: false, reason });
});

test('nesting without end is refused before it can exhaust anything', () => {
  let deep: JsonValue = 'secret';
  for (let level = 0; level < 50_000; level += 1) deep = [deep];
  expect(mapRow({ id: 'a', deep }, ALL)).toEqual({ ok: false, reason: 'is nested more than 16 levels deep' });
});
