import fc from 'fast-check';
import { type TrackArray, TRACK_ARRAYS } from '../track-answer';
import { readCallAnswer, withoutAnswer } from './call-answer';
import { type CallParts, joinBodies, takeApart } from './call-parts';
import { type CallEndpoint, type JsonObject } from './vocabulary';

function partsOf(endpoint: CallEndpoint, body: JsonObject): CallParts {
  const parts = takeApart(endpoint, body, true);
  if ('problem' in parts) throw new Error(parts.problem);
  return parts;
}

type Sizes = Record<TrackArray, number>;

/** A call whose every object says whose it is. */
function owned(sizes: Sizes, owner: number): CallParts {
  const list = (array: TrackArray) => Array.from({ length: sizes[array] }, () => ({ owner }));
  return partsOf('users.track', {
    attributes: list('attributes'),
    events: list('events'),
    purchases: list('purchases'),
  });
}

const said = (errors: unknown, message = 'success') => JSON.stringify({ message, errors });

const callsArbitrary = fc
  .array(
    fc
      .record({
        attributes: fc.integer({ min: 0, max: 2 }),
        events: fc.integer({ min: 0, max: 3 }),
        purchases: fc.integer({ min: 0, max: 2 }),
      })
      .filter(({ attributes, events, purchases }) => attributes + events + purchases > 0),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) => all.map(owned));

interface Place {
  array: TrackArray;
  index: number;
  owner: number;
}

/** Where each object stands in the very request that is sent, and whose it is. */
function places(calls: readonly CallParts[]): Place[] {
  const body = JSON.parse(joinBodies(calls)) as Partial<Record<TrackArray, { owner: number }[]>>;
  return TRACK_ARRAYS.flatMap((array) =>
    (body[array] ?? []).map(({ owner }, index) => ({ array, index, owner })),
  );
}

const ownersOf = (found: readonly Place[]) =>
  [...new Set(found.map(({ owner }) => owner))].sort((a, b) => a - b);

test('each error is laid at the door of the call whose object stands there; with 201 all others are accepted', () => {
  fc.assert(
    fc.property(callsArbitrary, fc.func(fc.boolean()), fc.boolean(), (calls, isRefused, isWhole) => {
      const refused = places(calls).filter((place) => isRefused(place));
      const errors = refused.map(({ array, index }) => ({
        type: `${array} ${index}`,
        input_array: array,
        index,
      }));
      const verdict = readCallAnswer(isWhole ? 400 : 201, said(errors), calls);
      if (isWhole && refused.length === 0) {
        expect(verdict.kind).toBe('refusedWhole');
        return;
      }
      if (verdict.kind !== 'perCall') throw new Error(verdict.kind);
      expect([...verdict.refused.keys()].sort((a, b) => a - b)).toEqual(ownersOf(refused));
      for (const [at, reason] of verdict.refused)
        expect(
          refused.filter(({ owner }) => owner === at).map(({ array, index }) => `${array} ${index}`),
        ).toContain(reason);
      expect(verdict.isAccepted).toBe(!isWhole);
      const others = calls.map((_, at) => at).filter((at) => !verdict.refused.has(at));
      expect([...verdict.ambiguous].sort((a, b) => a - b)).toEqual(isWhole ? others : []);
    }),
  );
});

test('an error without an index makes the unnamed of its array unknown, and nobody else', () => {
  fc.assert(
    fc.property(
      callsArbitrary.filter((calls) => places(calls).length > 1),
      fc.constantFrom(...TRACK_ARRAYS),
      fc.func(fc.boolean()),
      (calls, array, isNamed) => {
        const all = places(calls);
        fc.pre(all.some((place) => place.array === array));
        const named = all.filter((place) => isNamed(place));
        const errors = named.map(({ array, index }) => ({ type: 'bad', input_array: array, index }));
        const verdict = readCallAnswer(201, said([...errors, { type: 'odd', input_array: array }]), calls);
        if (verdict.kind !== 'perCall') throw new Error(verdict.kind);
        const refused = ownersOf(named);
        const unnamed = all.filter((place) => place.array === array && !named.includes(place));
        expect([...verdict.refused.keys()].sort((a, b) => a - b)).toEqual(refused);
        expect([...verdict.ambiguous].sort((a, b) => a - b)).toEqual(
          ownersOf(unnamed).filter((owner) => !refused.includes(owner)),
        );
      },
    ),
  );
});

const ONE = { attributes: 1, events: 0, purchases: 0 };
const BOTH = { attributes: 1, events: 1, purchases: 0 };

test('an error that names no array means any of those that were sent', () => {
  const verdict = readCallAnswer(201, said([{ type: 'odd', index: 0 }]), [owned(BOTH, 0), owned(ONE, 1)]);
  expect(verdict).toEqual({
    kind: 'perCall',
    refused: new Map(),
    ambiguous: new Set([0, 1]),
    isAccepted: true,
  });
});

test('the first reason of a call counts, and its other objects are in no doubt any more', () => {
  const errors = [
    { type: 'first', input_array: 'events', index: 0 },
    { type: 'second', input_array: 'attributes', index: 0 },
    { type: 'unnamed', input_array: 'attributes' },
  ];
  expect(readCallAnswer(201, said(errors), [owned(BOTH, 0), owned(ONE, 1)])).toEqual({
    kind: 'perCall',
    refused: new Map([[0, 'first']]),
    ambiguous: new Set([1]),
    isAccepted: true,
  });
});

test.each([
  [201, said([]), { kind: 'perCall', isAccepted: true }],
  [429, '', { kind: 'throttled' }],
  [401, '', { kind: 'stop', code: 'BRAZE_KEY_REJECTED' }],
  [413, '', { kind: 'refusedWhole' }],
  [201, '<html>', { kind: 'uncertain', mayStillRun: false }],
])('%d %s says something of the request as a whole', (status, body, verdict) => {
  expect(readCallAnswer(status, body, [owned(BOTH, 0)])).toMatchObject(verdict);
});

test.each([
  [408, false],
  [500, false],
  [502, true],
  [503, false],
  [504, true],
])('after %d a request may come late: %s', (status, mayStillRun) => {
  const calls = [owned(BOTH, 0)];
  const triggers = [
    partsOf('canvas.trigger.send', { canvas_id: 'c', recipients: [{ external_user_id: '1' }] }),
  ];
  for (const sent of [calls, triggers])
    expect(readCallAnswer(status, '', sent)).toMatchObject({ kind: 'uncertain', mayStillRun });
  expect(withoutAnswer('ECONNRESET')).toMatchObject({ kind: 'uncertain', mayStillRun: true });
});

describe('a trigger is answered as a whole', () => {
  const recipients = [{ external_user_id: '1' }, { external_user_id: '2' }];
  const calls = [partsOf('canvas.trigger.send', { canvas_id: 'c', recipients })];

  test.each([
    [201, '{"dispatch_id":"d","message":"success"}'],
    [201, said(['something of somebody'])],
  ])('%d %s: accepted', (status, body) => {
    expect(readCallAnswer(status, body, calls)).toEqual({
      kind: 'perCall',
      refused: new Map(),
      ambiguous: new Set(),
      isAccepted: true,
    });
  });

  test.each([
    [400, said([], 'Canvas is draft'), { kind: 'refusedWhole', reason: 'Canvas is draft' }],
    [400, said(['no such canvas'], 'bad'), { kind: 'refusedWhole', reason: 'no such canvas' }],
    [429, '', { kind: 'throttled' }],
    [500, '', { kind: 'uncertain', reason: 'Braze answered 500', mayStillRun: false }],
    [
      403,
      '',
      {
        kind: 'stop',
        code: 'BRAZE_PERMISSION_MISSING',
        reason: 'Braze answered 403 to canvas.trigger.send',
      },
    ],
  ])('%d %s: what Braze said', (status, body, verdict) => {
    expect(readCallAnswer(status, body, calls)).toEqual(verdict);
  });

  test('of no call nothing can be named', () => {
    expect(readCallAnswer(401, '', [])).toMatchObject({ reason: 'Braze answered 401 to the endpoint' });
  });

  test('of very many words only the beginning is looked through, and no half secret is left of them', () => {
    const secret = 'k'.repeat(2_000);
    const parts = calls.map((call) => ({ ...call, secrets: [secret] }));
    const reasonOf = (message: string) => {
      const verdict = readCallAnswer(400, said([], message), parts);
      if (verdict.kind !== 'refusedWhole') throw new Error(verdict.kind);
      return verdict.reason;
    };
    expect(reasonOf(`no ${secret} ${'x'.repeat(1_000_000)}`)).toMatch(/^no (\[redacted\])+ x+…$/);
    expect(reasonOf(secret.repeat(100))).toBe('Braze’s words are hidden: they repeat secrets');
  });
});
