import fc from 'fast-check';
import {
  boundaries,
  type Captured,
  conditionArbitrary,
  historyArbitrary,
} from './condition-samples.test-support';
import { emptyState } from './profile-state';
import { type Step, stepClock, stepEvent, stepNotMade } from './step';
import { type EngagementRules, type PlannedCall } from './transition';
import {
  type EventCondition,
  type FieldCondition,
  type Identifiers,
  type ProfileState,
  type SegmentCondition,
} from './vocabulary';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** After everything that may happen: a history has twelve waits of a day at most, and the longest window is a day as well. */
const END = 1_000_000 + 15 * DAY_MS;

/** The rules once more, as slowly and plainly as can be: everything is counted anew at every moment. */
function fits(condition: SegmentCondition, captured: readonly Captured[], now: number): boolean {
  if ('all' in condition) return condition.all.every((term) => fits(term, captured, now));
  if ('any' in condition) return condition.any.some((term) => fits(term, captured, now));
  if ('not' in condition) return !fits(condition.not, captured, now);
  return 'event' in condition ? happened(condition, captured, now) : known(condition, captured, now);
}

function happened(condition: EventCondition, captured: readonly Captured[], now: number): boolean {
  const { withinMinutes, withinHours, exactly } = condition;
  const minutes = withinMinutes ?? (withinHours === undefined ? Infinity : withinHours * 60);
  const count = captured.filter(({ event, capturedAt }) => {
    const at = Math.min(event.at, capturedAt);
    return event.name === condition.event && (minutes === Infinity || at > now - minutes * MINUTE_MS);
  }).length;
  if (exactly !== undefined) return count === exactly;
  return count >= (condition.atLeast ?? 0) && count <= (condition.atMost ?? Infinity);
}

function known(condition: FieldCondition, captured: readonly Captured[], now: number): boolean {
  const trait = (name: string) =>
    captured.findLast(({ event }) => Object.hasOwn(event.traits, name))?.event.traits[name];
  const told = trait('at');
  const at = typeof told === 'string' ? Date.parse(told) : told;
  if (condition.equals !== undefined) return trait('plan') === condition.equals;
  if (condition.withinDays !== undefined) return typeof at === 'number' && at <= now && at > now - DAY_MS;
  if (condition.olderThanDays !== undefined) return typeof at === 'number' && at <= now - DAY_MS;
  const isThere = condition.field !== 'email' && captured.some(({ event }) => event.name === 'a');
  return isThere === condition.exists;
}

interface Outcome {
  calls: Pick<PlannedCall, 'action' | 'enteredAtMs' | 'atMs' | 'cause'>[];
  inside: boolean;
  entries: number;
  sent: number;
}

function model(engagement: EngagementRules, history: readonly Captured[]): Outcome {
  const captured: Captured[] = [];
  const outcome: Outcome = { calls: [], inside: false, entries: 0, sent: 0 };
  let since = 0;
  const look = (atMs: number, cause: 'event' | 'clock') => {
    const holds = fits(engagement.segment.condition, captured, atMs);
    if (captured.length === 0 || holds === outcome.inside) return;
    outcome.inside = holds;
    const enteredAtMs = holds ? atMs : since;
    since = atMs;
    if (holds) outcome.entries += 1;
    const isTold = holds
      ? engagement.frequency === 'everyTime' || outcome.sent === 0
      : engagement.exitAction !== undefined;
    if (!isTold) return;
    if (holds) outcome.sent += 1;
    outcome.calls.push({ action: holds ? 'entry' : 'exit', enteredAtMs, atMs, cause });
  };
  const moments = new Set([...boundaries(history), ...history.map(({ capturedAt }) => capturedAt)]);
  for (const moment of [...moments].filter((at) => at <= END).sort((a, b) => a - b)) {
    look(moment, 'clock');
    for (const one of history.filter(({ capturedAt }) => capturedAt === moment)) {
      captured.push(one);
      look(moment, 'event');
    }
  }
  return outcome;
}

const engagementArbitrary: fc.Arbitrary<EngagementRules> = fc.record({
  name: fc.constantFrom('one', '__proto__'),
  state: fc.constant('active' as const),
  segment: fc.record({ condition: conditionArbitrary }),
  exitAction: fc.option(fc.constant({}), { nil: undefined }),
  frequency: fc.constantFrom('once' as const, 'everyTime' as const),
  includeCurrent: fc.constant(false),
  onResume: fc.constant('skip' as const),
});

/** Steps through a history; between the events somebody looks at the clock or not. */
function play(
  engagements: readonly EngagementRules[],
  history: readonly Captured[],
  looks: readonly boolean[],
): { state: ProfileState; calls: PlannedCall[] } {
  let state = emptyState('1', 1_000_000);
  const calls: PlannedCall[] = [];
  for (const [index, { event, capturedAt }] of history.entries()) {
    if (index > 0 && looks[index] === true) {
      const looked = stepClock(state, capturedAt - 1, engagements);
      calls.push(...looked.calls);
      state = looked.state;
    }
    // As it is read back from where it is kept.
    const step = stepEvent(JSON.parse(JSON.stringify(state)) as ProfileState, event, capturedAt, engagements);
    expect(step.noCall === undefined).toBe(step.calls.some(({ cause }) => cause === 'event'));
    calls.push(...step.calls);
    state = step.state;
  }
  const last = stepClock(state, END, engagements);
  expect(last.dueAtMs ?? Infinity).toBeGreaterThan(END);
  return { state: last.state, calls: [...calls, ...last.calls] };
}

test('steps make the calls, and leave people where they are, as if all were counted anew at every moment', () => {
  fc.assert(
    fc.property(
      engagementArbitrary,
      engagementArbitrary,
      historyArbitrary.filter((history) => history.length > 0),
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      (first, second, history, looks) => {
        const engagements = [first, { ...second, name: 'two' }];
        const { state, calls } = play(engagements, history, looks);
        for (const engagement of engagements) {
          const expected = model(engagement, history);
          const mine = calls.filter((call) => call.engagement === engagement.name);
          expect(mine.map(({ engagement: _, ...call }) => call)).toEqual(expected.calls);
          const kept = Object.hasOwn(state.memberships, engagement.name)
            ? state.memberships[engagement.name]
            : undefined;
          const { inside = false, entries = 0, sent = 0 } = kept ?? {};
          expect({ inside, entries, sent }).toEqual({
            inside: expected.inside,
            entries: expected.entries,
            sent: expected.sent,
          });
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** Whom an event names: mostly nobody more than it is about anyway. */
const identifiersArbitrary: fc.Arbitrary<Identifiers> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constantFrom({ email: 'a@example.com' }, { email: 'b@example.com' }) },
  { weight: 1, arbitrary: fc.constant({ externalId: 'ada' }) },
);

test('who cannot be named counts as not sent, and is sent as soon as there is a name: once, or for each entry', () => {
  fc.assert(
    fc.property(
      engagementArbitrary,
      historyArbitrary.filter((history) => history.length > 0),
      fc.array(fc.tuple(identifiersArbitrary, fc.boolean()), { minLength: 12, maxLength: 12 }),
      (engagement, history, extras) => {
        let state = emptyState('1', 1_000_000);
        const told: number[] = [];
        /** As a shard does: calls are made of the person after the step. */
        const call = (step: Step) => {
          const isNamed = step.state.identifiers.externalId !== undefined;
          const entries = step.calls.filter(({ action }) => action === 'entry');
          if (isNamed) told.push(...entries.map(({ enteredAtMs }) => enteredAtMs));
          state = isNamed
            ? step.state
            : step.calls.reduce((one, planned) => stepNotMade(one, planned), step.state);
          // As it is read back from where it is kept.
          state = JSON.parse(JSON.stringify(state)) as ProfileState;
        };
        for (const [index, { event, capturedAt }] of history.entries()) {
          const [identifiers, looks] = extras[index] ?? [{}, false];
          if (looks) call(stepClock(state, capturedAt - 1, [engagement]));
          call(stepEvent(state, { ...event, identifiers }, capturedAt, [engagement]));
        }
        const { memberships, identifiers } = state;
        const { inside, since, entries, sent, owed } = Object.hasOwn(memberships, engagement.name)
          ? memberships[engagement.name]!
          : { inside: false, since: 0, entries: 0, sent: 0, owed: undefined };
        expect(sent).toBe(told.length);
        expect(new Set(told).size).toBe(told.length);
        expect(sent).toBeLessThanOrEqual(engagement.frequency === 'once' ? 1 : entries);
        if (identifiers.externalId === undefined) expect(owed !== undefined).toBe(inside);
        else expect(owed).toBeUndefined();
        if (inside && identifiers.externalId !== undefined)
          expect(engagement.frequency === 'once' ? told.length : told.at(-1)).toBe(
            engagement.frequency === 'once' ? 1 : since,
          );
      },
    ),
    { numRuns: 300 },
  );
});
