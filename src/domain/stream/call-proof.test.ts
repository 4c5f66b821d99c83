import {
  expectedValue,
  heldValue,
  isSameFor,
  judge,
  nameOf,
  proofOf,
  rememberedPart,
  restorationOf,
  valuesHeldAlready,
} from './call-proof';
import { type JsonObject } from './vocabulary';

const USER = { external_id: 'u' };
const track = (body: JsonObject, pointers: string[] = []) =>
  proofOf(
    'users.track',
    body,
    pointers.map((pointer) => ({ pointer })),
  );

const PROFILE: JsonObject = {
  email: 'Ada@Example.com',
  phone: '+49 731 123',
  last_coordinates: [10, 48],
  custom_attributes: { plan: 'gold' },
  custom_events: [{ name: 'Lead', count: 2 }, 'x', { name: 'odd', count: 'many' }],
};

test('a call is taken apart into what can be read back and what cannot', () => {
  const { values, notCompared } = track(
    {
      attributes: [
        { ...USER, plan: 'a', push_tokens: [], _merge_objects: true },
        { ...USER, plan: 'b', 'k/~': '[secret]', email: 'x' },
      ],
      events: [{ ...USER, name: 'Lead', properties: { a: 1 } }, { ...USER, name: 'Lead' }, { ...USER }],
      purchases: [{ ...USER, product_id: 'p' }],
    },
    ['/attributes/1/k~1~0', '/attributes/7/plan', '/events/0/name', '/attributes/1'],
  );
  expect(values.map((value) => [nameOf(value), value.writes.length])).toEqual([
    ['attributes.plan', 2],
    ['attributes.email', 1],
    ['events.Lead', 2],
    ['purchases.p', 1],
  ]);
  expect(values[0]?.writes.map(({ mergesObjects }) => mergesObjects)).toEqual([true, false]);
  expect(notCompared).toEqual([
    'attributes.push_tokens is not among what Braze exports',
    'attributes.k/~ holds a secret',
    'properties of events.Lead: Braze exports how often, not with what',
    'an object of events without a name',
  ]);
  expect(track({ attributes: [{ email: 'a@example.com', plan: 1 }] }).values.map(nameOf)).toEqual([
    'attributes.plan',
  ]);
  expect(proofOf('canvas.trigger.send', {}, [])).toMatchObject({ values: [] });
});

test('values are found where an export has them', () => {
  const held = (key: string, kind: 'attribute' | 'event' | 'purchase' = 'attribute') =>
    heldValue(PROFILE, { kind, key, writes: [] });
  expect([held('plan'), held('email'), held('first_name'), held('toString')]).toEqual([
    'gold',
    'Ada@Example.com',
    null,
    null,
  ]);
  expect(held('current_location')).toEqual({ longitude: 10, latitude: 48 });
  expect([held('Lead', 'event'), held('odd', 'event'), held('Lead', 'purchase')]).toEqual([2, 0, 0]);
  const nobody = heldValue(undefined, { kind: 'event', key: 'Lead', writes: [] });
  expect([nobody, heldValue(undefined, { kind: 'attribute', key: 'plan', writes: [] })]).toEqual([0, null]);
  expect(heldValue({}, { kind: 'attribute', key: 'current_location', writes: [] })).toBeNull();
  expect(heldValue({}, { kind: 'attribute', key: 'plan', writes: [] })).toBeNull();
});

test('what was written is judged by what was there before', () => {
  const proof = track({
    attributes: [{ ...USER, plan: 'silver', email: 'ada@example.com', phone: '+49731123', n: 5 }],
    events: [{ ...USER, name: 'Lead' }],
  });
  const after = {
    ...PROFILE,
    custom_attributes: { plan: 'silver' },
    custom_events: [{ name: 'Lead', count: 3 }],
  };
  expect(judge(proof.values, PROFILE, after).map(({ name, arrived }) => [name, arrived])).toEqual([
    ['attributes.plan', true],
    ['attributes.email', true],
    ['attributes.phone', true],
    ['attributes.n', false],
    ['events.Lead', true],
  ]);
  expect(judge(proof.values, PROFILE, undefined).some(({ arrived }) => arrived)).toBe(false);
  const [plan] = proof.values;
  expect(plan && expectedValue(plan, null)).toBe('silver');
});

test('attributes that are held already prove nothing, unless one of them changes', () => {
  const held = track({ attributes: [{ ...USER, plan: 'gold', email: 'ADA@example.com' }] });
  expect(valuesHeldAlready(held, PROFILE).map(nameOf)).toEqual(['attributes.plan', 'attributes.email']);
  expect(valuesHeldAlready(track({ attributes: [{ ...USER, plan: 'gold', x: 1 }] }), PROFILE)).toEqual([]);
  expect(valuesHeldAlready(track({ events: [{ ...USER, name: 'Lead' }] }), PROFILE)).toEqual([]);
});

test('only what a test needs is remembered', () => {
  const proof = track({
    attributes: [{ ...USER, plan: 'x', email: 'x', current_location: { longitude: 1, latitude: 2 } }],
    events: [{ ...USER, name: 'Lead' }],
  });
  const remembered = rememberedPart({ ...PROFILE, first_name: 'Ada' }, proof);
  expect(remembered).toEqual({
    email: 'Ada@Example.com',
    last_coordinates: [10, 48],
    custom_attributes: { plan: 'gold' },
    custom_events: [{ name: 'Lead', count: 2 }],
    purchases: [],
  });
  for (const value of proof.values) expect(heldValue(remembered, value)).toEqual(heldValue(PROFILE, value));
  expect(rememberedPart({}, proof)).toMatchObject({ last_coordinates: null });
});

test('only what the test wrote is put back, and what cannot be is told', () => {
  const proof = track({
    attributes: [
      {
        ...USER,
        plan: 'new',
        other: 'new',
        same: 1,
        push_tokens: [],
        current_location: { longitude: 1, latitude: 2 },
      },
    ],
    events: [{ ...USER, name: 'Lead', properties: {} }],
  });
  const before = { custom_attributes: { plan: 'old', same: 1 } };
  const now = {
    last_coordinates: [1, 2],
    custom_attributes: { plan: 'new', other: 'by somebody else', same: 1 },
    custom_events: [{ name: 'Lead', count: 1 }],
  };
  const { attributes, cannotUndo } = restorationOf(proof, before, now);
  expect(attributes.map(([value, held]) => [nameOf(value), held])).toEqual([['attributes.plan', 'old']]);
  expect(cannotUndo).toEqual([
    expect.stringContaining('attributes.other holds something else'),
    'attributes.current_location cannot be taken off',
    'events.Lead stays counted',
    expect.stringContaining('push_tokens is not among what Braze exports, so what was there'),
  ]);
  expect(restorationOf(proof, undefined, now).cannotUndo[0]).toContain('deletes nobody');
  expect(restorationOf(proof, undefined, undefined)).toEqual({ attributes: [], cannotUndo: [] });
});

test.each([
  ['email', 'Ada@Example.com ', 'ada@example.com', true],
  ['phone', '+49 731 1', '497311', true],
  ['phone', '+49 731 1', '497312', false],
  ['plan', 'Gold', 'gold', false],
  ['email', 'a@example.com', null, false],
  ['email', null, 'a@example.com', false],
])('%s written as %j and seen as %j: the same is %s', (key, written, seen, same) => {
  expect(isSameFor({ kind: 'attribute', key, writes: [] }, written, seen)).toBe(same);
});

test('spelling is forgiven in attributes only', () => {
  expect(isSameFor({ kind: 'event', key: 'email', writes: [] }, 'A', 'a')).toBe(false);
});
