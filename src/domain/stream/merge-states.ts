import { mergeHistories } from './event-history';
import { earliest } from './evaluate';
import { ownValue } from './plain-map';
import { lastSeen } from './profile-state';
import { type Membership, type ProfileState } from './vocabulary';

const MOST_ABSORBED_LISTED = 1000;

/**
 * One profile of two that turned out to be one person. What is known of the survivor wins, what both did adds up, and
 * whoever was inside an engagement under either stays inside. A profile that was merged already changes nothing.
 */
export function mergeStates(survivor: ProfileState, loser: ProfileState): ProfileState {
  const absorbed = survivor.absorbed ?? [];
  if (loser.profileId === survivor.profileId || absorbed.includes(loser.profileId)) return survivor;
  const mine = survivor.identifiers;
  const theirs = loser.identifiers;
  const evaluated = Math.max(survivor.evaluatedAt ?? 0, loser.evaluatedAt ?? 0);
  return {
    profileId: survivor.profileId,
    identifiers: {
      externalId: mine.externalId ?? theirs.externalId,
      emails: lastSeen(theirs.emails, mine.emails),
      phones: lastSeen(theirs.phones, mine.phones),
      anonymousIds: lastSeen(theirs.anonymousIds, mine.anonymousIds),
    },
    firstSeenAt: Math.min(survivor.firstSeenAt, loser.firstSeenAt),
    traits: { ...loser.traits, ...survivor.traits },
    events: mergeMaps(survivor.events, loser.events, mergeHistories),
    memberships: mergeMaps(survivor.memberships, loser.memberships, mergeMemberships),
    evaluatedAt: evaluated === 0 ? undefined : evaluated,
    absorbed: [...new Set([...absorbed, ...(loser.absorbed ?? []), loser.profileId])].slice(
      -MOST_ABSORBED_LISTED,
    ),
  };
}

function mergeMaps<Value>(
  mine: Readonly<Record<string, Value>>,
  theirs: Readonly<Record<string, Value>>,
  merge: (one: Value, other: Value) => Value,
): Record<string, Value> {
  const shared = Object.entries(theirs).map(([name, value]): [string, Value] => {
    const own = ownValue(mine, name);
    return [name, own === undefined ? value : merge(own, value)];
  });
  return { ...mine, ...Object.fromEntries(shared) };
}

/** What of two memberships counts: inside over outside, and what somebody was told of an entry over what is still to be told. */
function standing({ inside, isWaiting, owed }: Membership): number {
  if (!inside) return isWaiting === true ? 1 : 0;
  if (owed !== undefined) return 3;
  return isWaiting === true ? 2 : 4;
}

function mergeMemberships(one: Membership, other: Membership): Membership {
  const ahead = standing(one) - standing(other) || other.since - one.since;
  const { inside, isWaiting, owed } = ahead >= 0 ? one : other;
  return {
    inside,
    since: mergedSince(one, other),
    entries: one.entries + other.entries,
    sent: one.sent + other.sent,
    isWaiting,
    hasLeftInPause: one.hasLeftInPause ?? other.hasLeftInPause,
    owed,
    dueAt: earliest([one.dueAt, other.dueAt]),
  };
}

/** Inside since the first of both entered, outside since the last of them left. */
function mergedSince(one: Membership, other: Membership): number {
  if (one.inside !== other.inside) return one.inside ? one.since : other.since;
  return one.inside ? Math.min(one.since, other.since) : Math.max(one.since, other.since);
}
