import { setTimeout as sleep } from 'node:timers/promises';
import { type Outcome } from '../../contract/errors';
import { type Identity } from '../../domain/stream/vocabulary';
import { mostNewProfiles, unifyGroup, type UnifiedGroup } from '../../domain/stream/unify-group';
import { type Database, type Queries } from './database';
import { lockIntake } from './intake-lock';
import { readForIntake } from './intake-reading';
import { appendToLog, type LoggedEvent } from './log-rows';
import { makeStream } from './make-stream';
import { newProfileIds, writePeople } from './people-rows';

/** An event on its way into the log, and whom it is about. */
export interface IntakeEvent extends LoggedEvent {
  identities: readonly Identity[];
}

/** What has become of a group. */
export interface IntakeReceipt {
  /** For each event, in order, whether it was in the log before. */
  isDuplicate: boolean[];
  created: number;
  merged: number;
  /** Identifiers that belong to somebody else and stayed there. */
  conflicts: number;
  /** The stream was made by this group. */
  isFirst: boolean;
}

/** Takes a group of an integration's events into the log: all of them durably, each once. */
export type Intake = (integration: string, events: readonly IntakeEvent[]) => Promise<Outcome<IntakeReceipt>>;

/** How an intake works. */
export interface IntakeOptions {
  /** Shards of a stream that is made by its first event. */
  shards: number;
  /** A database that is away is tried again for so long. */
  patienceMs: number;
}

const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [20, 1_000];

/**
 * An intake over the database. Whether a commit whose answer is lost has happened is unknown: the group is then tried again
 * with the same ids, which the log takes once only.
 */
export function createIntake(database: Database, { shards, patienceMs }: IntakeOptions): Intake {
  return async (integration, events) => {
    const giveUpAt = performance.now() + patienceMs;
    const tried = new Set<number>();
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      const outcome = await database.transaction((queries) =>
        commitGroup(queries, { integration, shards, events, tried }),
      );
      if (outcome.ok || outcome.fault.code !== 'DATABASE_UNAVAILABLE') return outcome;
      if (performance.now() + waitMs > giveUpAt) return outcome;
      await sleep(waitMs);
    }
  };
}

interface Group {
  integration: string;
  shards: number;
  events: readonly IntakeEvent[];
  /** Events that an earlier attempt of unknown outcome was about to add: found in the log, they are its work. */
  tried: Set<number>;
}

async function commitGroup(queries: Queries, group: Group): Promise<IntakeReceipt> {
  const { integration, events, tried } = group;
  await lockIntake(queries, integration);
  const identities = distinctIdentities(events);
  const before = await readForIntake(queries, integration, events, identities);
  const repeated = repeatsWithin(events);
  const isKnown = (index: number) => before.duplicates.has(index) || repeated.has(index);
  const isDuplicate = events.map(
    (_event, index) => isKnown(index) && !(tried.has(index) && !repeated.has(index)),
  );
  const fresh = events.filter((_event, index) => !isKnown(index));
  const counts = { isDuplicate, created: 0, merged: 0, conflicts: 0, isFirst: false };
  if (fresh.length === 0) return counts;
  events.forEach((_event, index) => {
    if (!isKnown(index)) tried.add(index);
  });
  const unified = await unify(queries, fresh, before.identities);
  const isFirst = before.stream === undefined;
  if (isFirst) await makeStream(queries, integration, group.shards);
  const { layout, shards, lastSeq } = before.stream ?? {
    layout: 1,
    shards: group.shards,
    lastSeq: new Map<number, bigint>(),
  };
  await writePeople(queries, integration, unified);
  const end = { integration, layout, shards, lastSeq, capturedAt: before.capturedAt };
  await appendToLog(queries, end, unified.steps, fresh);
  const { created, merged, conflicts } = unified;
  return { isDuplicate, created: created.length, merged: merged.length, conflicts, isFirst };
}

async function unify(
  queries: Queries,
  events: readonly IntakeEvent[],
  stored: Parameters<typeof unifyGroup>[1],
): Promise<UnifiedGroup> {
  const group = events.map(({ identities }) => identities);
  return unifyGroup(group, stored, await newProfileIds(queries, mostNewProfiles(group, stored)));
}

function distinctIdentities(events: readonly IntakeEvent[]): Identity[] {
  const found = new Map<string, Identity>();
  for (const { identities } of events)
    for (const identity of identities) found.set(`${identity.kind} ${identity.value}`, identity);
  return [...found.values()];
}

/** Positions of events that the same group has further ahead. */
function repeatsWithin(events: readonly IntakeEvent[]): Set<number> {
  const seen = new Set<string>();
  const repeats = new Set<number>();
  events.forEach(({ source, id }, index) => {
    const key = `${source} ${id}`;
    if (seen.has(key)) repeats.add(index);
    seen.add(key);
  });
  return repeats;
}
