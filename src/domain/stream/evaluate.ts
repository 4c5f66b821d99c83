import { countUntil } from './event-history';
import { historyOf, profileFieldValue, timeOfValue } from './profile-fields';
import {
  type Evaluation,
  type EventCondition,
  type FieldCondition,
  type JsonValue,
  type ProfileState,
  type Scalar,
  type SegmentCondition,
  type Window,
} from './vocabulary';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Whether a person fits a condition at a moment, and until when that stays so if nothing else happens: at every moment from now
 * up to, and not including, `changesAt` the answer is the same. `changesAt` is a whole millisecond, and later than now:
 * whoever goes on from one to the next comes to an end.
 */
export function evaluate(condition: SegmentCondition, state: ProfileState, nowMs: number): Evaluation {
  const { holds, changesAt } = evaluateTerm(condition, state, nowMs);
  if (changesAt === undefined) return { holds };
  // The sum of a moment with a fraction and a window may be rounded down to now, though the window has not quite ended.
  return { holds, changesAt: Math.max(Math.ceil(changesAt), Math.floor(nowMs) + 1) };
}

function evaluateTerm(condition: SegmentCondition, state: ProfileState, nowMs: number): Evaluation {
  if ('all' in condition) return every(condition.all.map((term) => evaluateTerm(term, state, nowMs)));
  if ('any' in condition) {
    // Some hold exactly if not every one fails.
    return negated(every(condition.any.map((term) => negated(evaluateTerm(term, state, nowMs)))));
  }
  if ('not' in condition) return negated(evaluateTerm(condition.not, state, nowMs));
  if ('event' in condition) return evaluateEvent(condition, state, nowMs);
  return evaluateField(condition, profileFieldValue(state, condition.field), nowMs);
}

function negated({ holds, changesAt }: Evaluation): Evaluation {
  return { holds: !holds, changesAt };
}

/**
 * What fails does so as long as one of its terms does: until the last of the failing ones may change. What holds does so
 * until the first of all may.
 */
function every(terms: readonly Evaluation[]): Evaluation {
  const failing = terms.filter(({ holds }) => !holds);
  if (failing.length === 0) return { holds: true, changesAt: earliest(terms.map((term) => term.changesAt)) };
  const ends = failing.map(({ changesAt }) => changesAt ?? Infinity);
  const last = Math.max(...ends);
  return { holds: false, changesAt: last === Infinity ? undefined : last };
}

/** The earliest of moments of which some, or all, may be absent. */
export function earliest(moments: readonly (number | undefined)[]): number | undefined {
  const given = moments.filter((moment) => moment !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

/** Milliseconds of a window; absent if it is all of time. */
function windowMs({ withinMinutes, withinHours, withinDays }: Window): number | undefined {
  if (withinMinutes !== undefined) return withinMinutes * MINUTE_MS;
  if (withinHours !== undefined) return withinHours * HOUR_MS;
  return withinDays === undefined ? undefined : withinDays * DAY_MS;
}

function evaluateEvent(condition: EventCondition, state: ProfileState, nowMs: number): Evaluation {
  const least = condition.exactly ?? condition.atLeast ?? 0;
  const most = condition.exactly ?? condition.atMost ?? Infinity;
  const history = historyOf(state, condition.event);
  const window = windowMs(condition);
  if (window === undefined || history === undefined) {
    const count = history?.count ?? 0;
    return { holds: count >= least && count <= most };
  }
  return evaluateWindow(history.recent, { least, most, window }, nowMs);
}

/**
 * Counts what happened in (now - window, now]. Time alone takes events out of it, the oldest first, so the count falls: what
 * holds ends when fewer than `least` are left, what has too many begins when only `most` are left.
 */
function evaluateWindow(
  recent: readonly number[],
  { least, most, window }: { least: number; most: number; window: number },
  nowMs: number,
): Evaluation {
  const until = countUntil(recent, nowMs);
  const count = until - countUntil(recent, nowMs - window);
  const holds = count >= least && count <= most;
  // The event with which the count falls below a bound: so many later ones are left.
  const leaves = (left: number): number | undefined => {
    const moment = recent[until - left - 1];
    return moment === undefined ? undefined : moment + window;
  };
  const falls = holds && least > 0 ? leaves(least - 1) : count > most ? leaves(most) : undefined;
  // Of a moment yet to come: it is looked at again when it is there.
  return { holds, changesAt: earliest([falls, recent[until]]) };
}

function evaluateField(condition: FieldCondition, value: JsonValue | undefined, nowMs: number): Evaluation {
  if (condition.exists !== undefined) return { holds: (value !== undefined) === condition.exists };
  if (condition.withinDays !== undefined) return evaluateWithin(condition.withinDays, value, nowMs);
  if (condition.olderThanDays !== undefined) return evaluateOlder(condition.olderThanDays, value, nowMs);
  return { holds: value !== undefined && fits(condition, value) };
}

function evaluateWithin(days: number, value: JsonValue | undefined, nowMs: number): Evaluation {
  const at = timeOfValue(value);
  if (at === undefined) return { holds: false };
  return evaluateWindow([at], { least: 1, most: Infinity, window: days * DAY_MS }, nowMs);
}

function evaluateOlder(days: number, value: JsonValue | undefined, nowMs: number): Evaluation {
  const at = timeOfValue(value);
  if (at === undefined) return { holds: false };
  const from = at + days * DAY_MS;
  return from <= nowMs ? { holds: true } : { holds: false, changesAt: from };
}

function fits(condition: FieldCondition, value: JsonValue): boolean {
  const { equals, oneOf, contains, startsWith } = condition;
  if (equals !== undefined) return value === equals;
  if (oneOf !== undefined) return oneOf.some((candidate) => candidate === value);
  if (contains !== undefined) return holdsWithin(value, contains);
  if (startsWith !== undefined) return typeof value === 'string' && value.startsWith(startsWith);
  return typeof value === 'number' && isInRange(condition, value);
}

function holdsWithin(value: JsonValue, wanted: Scalar): boolean {
  if (Array.isArray(value)) return value.includes(wanted);
  return typeof value === 'string' && typeof wanted === 'string' && value.includes(wanted);
}

function isInRange({ moreThan, atLeast, lessThan, atMost }: FieldCondition, value: number): boolean {
  if (moreThan !== undefined) return value > moreThan;
  if (atLeast !== undefined) return value >= atLeast;
  if (lessThan !== undefined) return value < lessThan;
  return atMost !== undefined && value <= atMost;
}
