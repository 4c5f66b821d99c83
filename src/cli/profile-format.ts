import { type FoundProfile } from '../adapters/postgres/profile-lookup';
import { type ImportProgress } from '../contract/profile-import';
import { number } from '../domain/describe-run';
import { formatFacts, formatTable } from './table';

/** One unified person, for the one who asked at the terminal. */
export function formatProfile(profile: FoundProfile): string[] {
  const { state, identities, mergedFrom, profileId, integration, createdAt } = profile;
  const facts = formatFacts([
    ['profile', `${profileId} of ${integration}`],
    ['created', createdAt],
    ['first seen', state && timeOf(state.firstSeenAt)],
    ...identities.map(({ kind, value }) => [kind, value] as const),
    ['merged from', mergedFrom.length === 0 ? undefined : mergedFrom.join(', ')],
  ]);
  if (state === undefined) return [...facts, 'No worker has worked off anything of this profile yet.'];
  const traits = Object.entries(state.traits).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return [
    ...facts,
    '',
    'traits',
    ...indented(traits.length === 0 ? ['none'] : formatFacts(traits)),
    '',
    'events',
    ...indented(eventLines(state.events)),
    '',
    'engagements',
    ...indented(membershipLines(state.memberships)),
  ];
}

type State = NonNullable<FoundProfile['state']>;

function eventLines(events: State['events']): string[] {
  const rows = Object.entries(events);
  if (rows.length === 0) return ['none'];
  return formatTable(
    [
      { title: 'EVENT', of: ([name]) => name },
      { title: 'COUNT', of: ([, { count }]) => count },
      { title: 'FIRST', of: ([, { firstAt }]) => timeOf(firstAt) },
      { title: 'LAST', of: ([, { lastAt }]) => timeOf(lastAt) },
    ],
    rows,
  );
}

function membershipLines(memberships: State['memberships']): string[] {
  const rows = Object.entries(memberships);
  if (rows.length === 0) return ['none'];
  return formatTable(
    [
      { title: 'ENGAGEMENT', of: ([name]) => name },
      { title: 'INSIDE', of: ([, { inside }]) => (inside ? 'yes' : 'no') },
      // Who never was inside has none.
      { title: 'SINCE', of: ([, { since }]) => (since === 0 ? undefined : timeOf(since)) },
      { title: 'ENTRIES', of: ([, { entries }]) => entries },
      { title: 'SENT', of: ([, { sent }]) => sent },
      { title: 'OWED', of: ([, { owed }]) => (owed === undefined ? 'no' : 'yes') },
    ],
    rows,
  );
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** Where an import is. */
export function progressLine({ row, rows, accepted, duplicates }: ImportProgress): string {
  return `row ${number(row)} of ${number(rows)}: ${number(accepted)} accepted, ${number(duplicates)} known already`;
}
