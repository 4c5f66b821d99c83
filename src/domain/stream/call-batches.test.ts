import fc from 'fast-check';
import { CallBatches, type QueuedCall } from './call-batches';
import { isShareable, MOST_RECIPIENTS, sizeOf, takeApart } from './call-parts';
import { type CallEndpoint, type JsonObject } from './vocabulary';

interface NumberedCall extends QueuedCall {
  number: number;
}

interface CallSketch {
  profileId: string;
  endpoint: CallEndpoint;
  objects: number;
  rest: string;
  isIdempotent: boolean;
}

function bodyOf({ endpoint, objects, rest }: CallSketch): JsonObject {
  const list = Array.from({ length: objects }, (_, at) => ({ at }));
  if (endpoint === 'users.track')
    return { rest, attributes: list.slice(0, 1), events: list.slice(1, 2), purchases: list.slice(2) };
  return { rest, ...(objects === 0 ? {} : { recipients: list }) };
}

function callOf(sketch: CallSketch, number: number): NumberedCall {
  const parts = takeApart(sketch.endpoint, bodyOf(sketch), sketch.isIdempotent);
  if ('problem' in parts) throw new Error(parts.problem);
  return { profileId: sketch.profileId, number, parts };
}

const attributes = (profileId: string, more: Partial<CallSketch> = {}): CallSketch => ({
  ...{ profileId, endpoint: 'users.track', objects: 1, rest: '', isIdempotent: true },
  ...more,
});

function batchesOf(limit: number, ...sketches: CallSketch[]): CallBatches<NumberedCall> {
  const batches = new CallBatches<NumberedCall>(() => limit);
  sketches.map(callOf).forEach((call) => batches.add(call));
  return batches;
}

const numbers = (request: readonly NumberedCall[]) => request.map(({ number }) => number);

const sketchArbitrary: fc.Arbitrary<CallSketch> = fc
  .record({
    profileId: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
    endpoint: fc.constantFrom<CallEndpoint>('users.track', 'users.track', 'canvas.trigger.send'),
    objects: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 20, max: 60 }) },
    ),
    rest: fc.constantFrom('', 'other'),
    isIdempotent: fc.boolean(),
  })
  .map((sketch) => ({
    ...sketch,
    objects: Math.max(sketch.objects, sketch.endpoint === 'users.track' ? 1 : 0),
  }));

type Move = { kind: 'add'; sketch: CallSketch } | { kind: 'take' } | { kind: 'release'; which: number };

const moveArbitrary: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: sketchArbitrary.map((sketch): Move => ({ kind: 'add', sketch })) },
  { weight: 2, arbitrary: fc.constant<Move>({ kind: 'take' }) },
  { weight: 3, arbitrary: fc.nat(20).map((which): Move => ({ kind: 'release', which })) },
);

/** Makes the moves, and then takes and releases what is left. Everything that a request must not do is checked on the way. */
function play(moves: readonly Move[], limit: number): { added: NumberedCall[]; sent: NumberedCall[] } {
  const batches = new CallBatches<NumberedCall>(() => limit);
  const added: NumberedCall[] = [];
  const sent: NumberedCall[] = [];
  const underWay: string[] = [];
  const release = (which: number): void => {
    const [profileId] = underWay.splice(which % Math.max(1, underWay.length), 1);
    if (profileId !== undefined) batches.release(profileId);
  };
  const take = (): void => {
    const request = batches.take();
    checkRequest(request, limit);
    for (const call of request) {
      expect(underWay).not.toContain(call.profileId);
      underWay.push(call.profileId);
      sent.push(call);
    }
  };
  for (const move of moves) {
    if (move.kind === 'take') take();
    else if (move.kind === 'release') release(move.which);
    else {
      const call = callOf(move.sketch, added.length);
      added.push(call);
      batches.add(call);
    }
    expect(batches.size).toBe(added.length - sent.length + underWay.length);
    for (const profileId of underWay) expect(batches.isBusy(profileId)).toBe(true);
  }
  while (batches.size > 0) {
    const before = batches.size;
    take();
    while (underWay.length > 0) release(0);
    expect(batches.size).toBeLessThan(before);
  }
  expect([batches.ready, batches.hasFullRequest(), batches.take()]).toEqual([0, false, []]);
  return { added, sent };
}

function checkRequest(request: readonly NumberedCall[], limit: number): void {
  const [first] = request;
  if (first === undefined) return;
  const { endpoint, rest, isIdempotent } = first.parts;
  for (const { parts } of request) expect(parts).toMatchObject({ endpoint, rest, isIdempotent });
  const objects = request.reduce((sum, { parts }) => sum + sizeOf(parts), 0);
  if (request.length > 1) {
    expect(objects).toBeLessThanOrEqual(endpoint === 'users.track' ? limit : MOST_RECIPIENTS);
    expect(request.every(({ parts }) => isShareable(parts))).toBe(true);
  }
}

test('whatever is added, taken and released: nothing is lost or sent twice, everybody’s calls keep their order, requests hold what they may', () => {
  fc.assert(
    fc.property(
      fc.array(moveArbitrary, { maxLength: 80 }),
      fc.integer({ min: 1, max: 25 }),
      (moves, limit) => {
        const { added, sent } = play(moves, limit);
        expect(numbers(sent).sort((a, b) => a - b)).toEqual(numbers(added));
        for (const { profileId } of added) {
          const mine = numbers(sent.filter((call) => call.profileId === profileId));
          expect(mine).toEqual(mine.toSorted((a, b) => a - b));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a request is filled to the limit of objects, which may change meanwhile', () => {
  let limit = 4;
  const batches = new CallBatches<NumberedCall>(() => limit);
  for (let at = 0; at < 9; at += 1) batches.add(callOf(attributes(String(at), { objects: 2 }), at));
  expect([batches.hasFullRequest(), batches.ready]).toEqual([true, 9]);
  expect(numbers(batches.take())).toEqual([0, 1]);
  limit = 75;
  expect(batches.hasFullRequest()).toBe(false);
  expect(numbers(batches.take())).toEqual([2, 3, 4, 5, 6, 7, 8]);
});

test('a call that is larger than a request goes alone, and those behind it are not held up', () => {
  const batches = batchesOf(3, attributes('1'), attributes('2', { objects: 5 }), attributes('3'));
  expect([batches.take(), batches.take(), batches.take()].map(numbers)).toEqual([[0], [1], [2]]);
});

test('fifty recipients share a trigger; a trigger without recipients shares nothing', () => {
  const trigger = (objects: number) => (_: unknown, at: number) =>
    attributes(`${objects}-${at}`, { endpoint: 'canvas.trigger.send', objects });
  const shared = batchesOf(75, ...Array.from({ length: 60 }, trigger(1)));
  expect([
    shared.hasFullRequest(),
    shared.take().length,
    shared.hasFullRequest(),
    shared.take().length,
  ]).toEqual([true, 50, false, 10]);
  const alone = batchesOf(75, ...Array.from({ length: 3 }, trigger(0)));
  expect(alone.hasFullRequest()).toBe(true);
  expect([alone.take(), alone.take(), alone.take(), alone.take()].map(numbers)).toEqual([[0], [1], [2], []]);
});

test('groups take turns, so that none waits for a busy one to be empty', () => {
  const many = [1, 2, 3, 4].map((person) => attributes(String(person)));
  const batches = batchesOf(2, ...many, attributes('9', { isIdempotent: false }));
  expect([batches.take(), batches.take(), batches.take()].map(numbers)).toEqual([[0, 1], [4], [2, 3]]);
});

test('thousands that wait in one group are taken in their order', () => {
  const batches = batchesOf(75, ...Array.from({ length: 3_000 }, (_, at) => attributes(String(at))));
  const sent: number[] = [];
  for (let request = batches.take(); request.length > 0; request = batches.take())
    sent.push(...numbers(request));
  expect(sent).toEqual(Array.from({ length: 3_000 }, (_, at) => at));
});

test('nobody is busy who has nothing under way, and to release them changes nothing', () => {
  const batches = batchesOf(75);
  batches.release('1');
  expect([batches.isBusy('1'), batches.size]).toEqual([false, 0]);
});

test('what is put back is the first to go, once its endpoint is open', () => {
  const trigger: CallSketch = { ...attributes('9'), endpoint: 'canvas.trigger.send' };
  const batches = batchesOf(2, attributes('1'), attributes('2'), attributes('3'), trigger);
  const first = batches.take();
  batches.putBack(first);
  expect(batches.ready).toBe(4);
  expect(numbers(batches.readyOnes()).sort()).toEqual([0, 1, 2, 3]);
  const onlyTrack = (endpoint: CallEndpoint) => endpoint === 'users.track';
  expect(batches.hasFullRequest(onlyTrack)).toBe(true);
  expect(numbers(batches.take(onlyTrack)).sort()).toEqual([0, 1]);
  expect(numbers(batches.take(onlyTrack))).toEqual([2]);
  expect(batches.hasRequest(onlyTrack)).toBe(false);
  expect(batches.take(onlyTrack)).toEqual([]);
  expect(numbers(batches.take())).toEqual([3]);
});
