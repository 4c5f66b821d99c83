import { type EventHistory, type JsonObject, MOST_RECENT_EVENTS } from './vocabulary';

/** The history with one more event in it, which may be older than those that are in it already. */
export function addToHistory(
  history: EventHistory | undefined,
  at: number,
  properties: JsonObject,
): EventHistory {
  if (history === undefined) return { count: 1, firstAt: at, lastAt: at, recent: [at], last: properties };
  const isLatest = at >= history.lastAt;
  return {
    count: history.count + 1,
    firstAt: Math.min(history.firstAt, at),
    lastAt: Math.max(history.lastAt, at),
    recent: withMoment(history.recent, at),
    last: isLatest ? properties : history.last,
  };
}

/** One history of two: what happened under either counts. */
export function mergeHistories(mine: EventHistory, other: EventHistory): EventHistory {
  return {
    count: mine.count + other.count,
    firstAt: Math.min(mine.firstAt, other.firstAt),
    lastAt: Math.max(mine.lastAt, other.lastAt),
    recent: [...mine.recent, ...other.recent].sort((a, b) => a - b).slice(-MOST_RECENT_EVENTS),
    last: mine.lastAt >= other.lastAt ? mine.last : other.last,
  };
}

/** How many of the ascending moments are at or before the given one. */
export function countUntil(moments: readonly number[], at: number): number {
  const later = moments.findLastIndex((moment) => moment <= at);
  return later + 1;
}

function withMoment(recent: readonly number[], at: number): number[] {
  return recent.toSpliced(countUntil(recent, at), 0, at).slice(-MOST_RECENT_EVENTS);
}
