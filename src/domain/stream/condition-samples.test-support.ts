import fc from 'fast-check';
import { applyEvent, emptyState } from './profile-state';
import { type CapturedEvent, type ProfileState, type SegmentCondition } from './vocabulary';

const MINUTE_MS = 60_000;
export const NAMES = ['a', 'b', '__proto__', 'constructor'];

const boundArbitrary = fc.oneof(
  fc.record({ atLeast: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ atMost: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ exactly: fc.integer({ min: 0, max: 3 }) }),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 }))
    .map(([atLeast, more]) => ({ atLeast, atMost: atLeast + more })),
);

const eventArbitrary: fc.Arbitrary<SegmentCondition> = fc
  .record({
    event: fc.constantFrom(...NAMES),
    bound: boundArbitrary,
    window: fc.oneof(
      fc.constant({}),
      fc.record({ withinMinutes: fc.integer({ min: 1, max: 5 }) }),
      fc.constant({ withinHours: 1 }),
    ),
  })
  .map(({ event, bound, window }) => ({ event, ...bound, ...window }));

const fieldArbitrary: fc.Arbitrary<SegmentCondition> = fc.oneof(
  fc.record({ field: fc.constant('traits.plan'), equals: fc.constantFrom('gold', 'free') }),
  fc.record({ field: fc.constant('traits.at'), withinDays: fc.constant(1) }),
  fc.record({ field: fc.constant('traits.at'), olderThanDays: fc.constant(1) }),
  fc.record({ field: fc.constantFrom('email', 'events.a.last.n'), exists: fc.boolean() }),
);

/** Conditions of a few terms, some of them on short windows. */
export const conditionArbitrary: fc.Arbitrary<SegmentCondition> = fc.letrec<{ node: SegmentCondition }>(
  (tie) => ({
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      eventArbitrary,
      fieldArbitrary,
      fc.record({ all: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie('node') }),
    ),
  }),
).node;

/** When it was captured, and the event itself, which may have happened a while before. */
export interface Captured {
  capturedAt: number;
  event: CapturedEvent;
}

/** Events in the order of their capture, within ten minutes or, now and then, a day. */
export const historyArbitrary: fc.Arbitrary<Captured[]> = fc
  .array(
    fc.record({
      wait: fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 0, max: 90 }).map((seconds) => seconds * 1000) },
        { weight: 1, arbitrary: fc.constant(86_400_000) },
      ),
      late: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -60, max: 240 }).map((seconds) => seconds * 1000),
      ),
      name: fc.option(fc.constantFrom(...NAMES), { nil: undefined, freq: 8 }),
      traits: fc.oneof(
        { weight: 5, arbitrary: fc.constant({}) },
        fc.record({ plan: fc.constantFrom('gold', 'free', null) }),
        fc.record({ at: fc.constantFrom(5 * MINUTE_MS, '1970-01-01T00:03:00Z', 'never', 86_400_000) }),
      ),
    }),
    { maxLength: 12 },
  )
  .map((steps) => {
    let now = 1_000_000;
    return steps.map(({ wait, late, name, traits }, index) => {
      now += wait;
      const at = now - late;
      const event = { id: `e${index}`, name, at, identifiers: {}, properties: { n: index }, traits };
      return { capturedAt: now, event };
    });
  });

/** The profile of somebody after these events, by nothing but `applyEvent`. */
export function profileAfter(history: readonly Captured[]): ProfileState {
  return history.reduce<ProfileState>(
    (state, { event, capturedAt }) => applyEvent(state, event, capturedAt).state,
    emptyState('1', 1_000_000),
  );
}

/** Every moment at which time alone can change something: where an event, or a time in a trait, leaves or enters a window. */
export function boundaries(history: readonly Captured[]): number[] {
  const moments = history.flatMap(({ event, capturedAt }) => {
    const trait = event.traits['at'];
    const told = typeof trait === 'number' ? trait : Date.parse(typeof trait === 'string' ? trait : '');
    return [Math.min(event.at, capturedAt), ...(Number.isNaN(told) ? [] : [told])];
  });
  const windows = [0, 1, 2, 3, 4, 5, 60, 1440].map((minutes) => minutes * MINUTE_MS);
  const all = moments.flatMap((moment) => windows.map((window) => moment + window));
  return [...new Set(all)].sort((a, b) => a - b);
}
