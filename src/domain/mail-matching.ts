import { automaticMail, type MailHead } from './automatic-mail';
import { findRunTokens } from './run-token';
import { isUnsafe, senderStanding, type ProviderChecks } from './sender-checks';

/** A run that waits for a confirmation mail, and what such a mail has to say. */
export interface WaitingRun {
  workflowId: string;
  runId: string;
  runToken: string;
  audience: string;
  integration: string;
  /** Exact addresses, or `@domain` for everybody there. */
  allowedSenders: readonly string[];
  /** Milliseconds since 1970. */
  startedAtMs: number;
}

/** A mail as far as matching looks at it. */
export interface IncomingMail extends MailHead {
  text: string;
  /** What its provider reports; absent where the caller of the hook answers for the sender. */
  checks?: ProviderChecks;
  /** When its provider handed it on, milliseconds since 1970 in whole seconds at worst; absent where nobody says. */
  handedOnAtMs?: number;
}

/** Which run a mail confirms, or why it confirms none. */
export type MailMatch =
  { matched: true; run: WaitingRun; by: 'token' | 'name' } | { matched: false; reason: MailMismatch };

/** Why a mail confirms nothing; told to the caller of the hook. */
export type MailMismatch =
  | 'automaticMail'
  | 'unsafeMail'
  | 'nothingWaits'
  | 'olderThanRun'
  | 'tokenNotWaiting'
  | 'senderNotAllowed'
  | 'senderFailed'
  | 'senderUnproven'
  | 'audienceNotNamed'
  | 'ambiguous';

/**
 * Finds the one waiting run that a mail confirms. A run token decides alone: a mail that carries an old run's token
 * is about that run, whatever else it names. Otherwise the sender has to be allowed by the run and the mail has to
 * name its audience. Answers of mailboxes and delivery reports confirm nothing; a notice that a platform sends by
 * itself confirms by name only, since a token in it may just be quoted. A run that began after the mail was handed on
 * is not what it is about: a delivery that comes once more, by retry or replay, can't confirm the next run of an audience.
 */
export function matchMail(mail: IncomingMail, waiting: readonly WaitingRun[]): MailMatch {
  const automatic = automaticMail(mail);
  if (automatic !== undefined && automatic !== 'notice') return mismatch('automaticMail');
  if (isUnsafe(mail.checks)) return mismatch('unsafeMail');
  if (waiting.length === 0) return mismatch('nothingWaits');
  const runs = waiting.filter(({ startedAtMs }) => !isOlder(mail, startedAtMs));
  if (runs.length === 0) return mismatch('olderThanRun');
  const content = `${mail.subject}\n${withoutQuotes(mail.text)}`;
  const tokens = findRunTokens(content);
  if (tokens.length === 0) return matchByName(mail, content, { runs, waiting });
  return automatic === 'notice' ? mismatch('automaticMail') : matchByToken(tokens, runs);
}

/** Providers stamp whole seconds, so a mail counts as handed on at the end of its second. */
function isOlder({ handedOnAtMs }: IncomingMail, startedAtMs: number): boolean {
  return handedOnAtMs !== undefined && handedOnAtMs + 999 < startedAtMs;
}

function matchByToken(tokens: readonly string[], waiting: readonly WaitingRun[]): MailMatch {
  return onlyOne(
    waiting.filter((run) => tokens.includes(run.runToken)),
    'token',
    'tokenNotWaiting',
  );
}

/** Among `runs`; the names of all that wait are looked at, so that a longer one is not taken for its part. */
function matchByName(
  { from, checks }: IncomingMail,
  content: string,
  { runs, waiting }: { runs: readonly WaitingRun[]; waiting: readonly WaitingRun[] },
): MailMatch {
  const allowed = runs.filter((run) => run.allowedSenders.some((sender) => isSender(sender, from)));
  if (allowed.length === 0) return mismatch('senderNotAllowed');
  const standing = senderStanding(from, checks);
  if (standing === 'failed') return mismatch('senderFailed');
  if (standing === 'unproven') return mismatch('senderUnproven');
  const named = namedAudiences(
    content,
    waiting.map((run) => run.audience),
  );
  return onlyOne(
    allowed.filter((run) => named.has(phrase(run.audience))),
    'name',
    'audienceNotNamed',
  );
}

function onlyOne(runs: readonly WaitingRun[], by: 'token' | 'name', none: MailMismatch): MailMatch {
  const [run, ...others] = runs;
  if (run === undefined) return mismatch(none);
  return others.length === 0 ? { matched: true, run, by } : mismatch('ambiguous');
}

/** Whether an address is one that `allowed` (an address or `@domain`) stands for; case does not count. */
export function isSender(allowed: string, address: string): boolean {
  const [rule, from] = [allowed.trim().toLowerCase(), address.trim().toLowerCase()];
  const at = from.lastIndexOf('@');
  if (at < 1 || rule === '' || rule === '@') return false;
  return rule.startsWith('@') ? from.slice(at) === rule : from === rule;
}

/**
 * Which of the audience names stand in a text as whole phrases. Where one name is part of a longer one, an
 * occurrence of the longer is not one of the shorter: "Customers EU" does not name "Customers".
 */
export function namedAudiences(text: string, audiences: readonly string[]): Set<string> {
  const names = [...new Set(audiences.map(phrase))].filter((name) => name !== '');
  let rest = phrase(text);
  const found = new Set<string>();
  for (const name of names.sort((left, right) => right.length - left.length)) {
    const pieces = splitAtPhrase(rest, name);
    if (pieces.length > 1) found.add(name);
    rest = pieces.join('\u0000');
  }
  return found;
}

/** Parts of `text` between the occurrences of `name` that no word character touches. */
function splitAtPhrase(text: string, name: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (at < start || isWordEnd(text.slice(0, at)) || isWordStart(text.slice(at + name.length))) continue;
    pieces.push(text.slice(start, at));
    start = at + name.length;
  }
  return [...pieces, text.slice(start)];
}

/** Hyphens and underscores join words: "Customers-EU" is another name than "Customers". */
const isWordStart = (rest: string): boolean => /^(?:[\p{L}\p{N}\p{M}_]|[-‐‑](?=[\p{L}\p{N}]))/u.test(rest);
const isWordEnd = (before: string): boolean =>
  /(?:[\p{L}\p{N}\p{M}_]|[\p{L}\p{N}][-‐‑])$/u.test(before.slice(-4));

/** One spelling of a phrase: composed characters, lower case, single blanks. */
function phrase(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}

/** Drops what a reply quotes of the mail it answers: only the writer's own words count. */
function withoutQuotes(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*>/.test(line))
    .join('\n');
}

function mismatch(reason: MailMismatch): MailMatch {
  return { matched: false, reason };
}
