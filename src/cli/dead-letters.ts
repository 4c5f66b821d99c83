import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { type Database } from '../adapters/postgres/database';
import { countDeadLetters, readDeadLetters } from '../adapters/postgres/dead-letters';
import { discard } from '../adapters/postgres/discard';
import { redrive } from '../adapters/postgres/redrive';
import { EXIT_CODES } from '../contract/errors';
import { type DeadLetter, type DeadLetterCounts, type DeadLetterFilter } from '../contract/stream';
import { number } from '../domain/describe-run';
import { withoutPerson } from '../contract/without-person';
import { unwrap } from './cli-error';
import { finish, type CommandHost, type CommonOptions } from './host';
import { refuseUnknown } from './known-integration';
import { commaList, moment, personName, wholeNumber } from './option-values';
import { withDatabase } from './with-database';
import { formatTable } from './table';

interface FilterOptions extends CommonOptions {
  id?: string[];
  engagement?: string;
  state?: DeadLetter['state'];
  reason?: string;
  since?: Date;
  until?: Date;
}
interface ListOptions extends FilterOptions {
  limit: number;
  after?: string;
  showPeople?: true;
}
interface ExportOptions extends FilterOptions {
  file?: string;
}
interface ExportCall extends ExportOptions {
  command: Command;
}
interface DecisionOptions extends FilterOptions {
  by?: string;
  dryRun?: true;
}

const STATES: readonly DeadLetter['state'][] = ['refused', 'unknown', 'setAside'];
const EXPORT_PAGE = 500;

/** `brazier dead-letters`: what did not arrive and waits for a person. */
export function addDeadLetters(program: Command, host: CommandHost): void {
  const group = program
    .command('dead-letters')
    .description('Calls that Braze refused or that may or may not have arrived, and events set aside.');
  const list = filtered(group.command('list').description('List dead letters, the oldest first.'))
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 50)
    .option('--after <place>', 'go on where an earlier list ended')
    .option('--show-people', 'also print whom each was about, and reasons in Braze’s words');
  finish(list, [
    'brazier dead-letters list shop',
    'brazier dead-letters list shop --state unknown --since 2026-11-22T05:00:00Z',
  ]).action((integration: string, options: ListOptions) =>
    withDatabase(host, options, (database) => listLetters(host, database, integration, options)),
  );
  const exported = filtered(
    group
      .command('export')
      .description(
        'Print dead letters with their requests, one JSON object a line. They hold personal data; secrets stay references.',
      ),
  ).option('--file <path>', 'write to a new file, which only you can read');
  finish(exported, [
    'brazier dead-letters export shop --engagement third-purchase --file refused.ndjson',
  ]).action((integration: string, options: ExportOptions) =>
    withDatabase(host, options, (database) =>
      exportLetters(host, database, integration, { ...options, command: exported }),
    ),
  );
  const again = decided(
    group
      .command('redrive')
      .description(
        'Put dead letters back on their way. Without --by they are only counted, and nothing is sent.',
      ),
  );
  finish(again, [
    'brazier dead-letters redrive shop --reason 503 --dry-run',
    'brazier dead-letters redrive shop --state unknown --by "Ada Example"',
  ]).action((integration: string, options: DecisionOptions) =>
    withDatabase(host, options, (database) => redriveLetters(host, database, integration, options)),
  );
  addDiscard(group, host);
}

function addDiscard(group: Command, host: CommandHost): void {
  const command = decided(
    group
      .command('discard')
      .description(
        'Give dead letters up for good: they are never sent. Without --by they are only counted, and nothing is given up.',
      ),
  );
  finish(command, [
    'brazier dead-letters discard shop --reason CALL_NOT_KEPT --dry-run',
    'brazier dead-letters discard shop --id call-17,event-3 --by "Ada Example"',
  ]).action((integration: string, options: DecisionOptions) =>
    withDatabase(host, options, (database) => discardLetters(host, database, integration, options)),
  );
}

/** What a person decides about the letters of a filter. */
function decided(command: Command): Command {
  return filtered(command).option('--by <name>', 'who decides', personName).option('--dry-run', 'only count');
}

function filtered(command: Command): Command {
  return command
    .argument('<integration>', 'integration that they belong to')
    .option('--engagement <name>', 'only calls of this engagement')
    .option('--state <state>', `only these: ${STATES.join(', ')}`, stateOf)
    .option('--reason <text>', 'only those whose reason holds this text')
    .option('--since <moment>', 'only those of then and later', moment)
    .option('--until <moment>', 'only those before', moment)
    .option('--id <ids>', 'only these, separated by commas', commaList);
}

function stateOf(text: string): DeadLetter['state'] {
  const state = STATES.find((one) => one === text);
  if (state === undefined) throw new InvalidArgumentError(`It must be one of ${STATES.join(', ')}.`);
  return state;
}

function filterOf(integration: string, options: FilterOptions): DeadLetterFilter {
  const { id: ids, engagement, state, reason, since, until } = options;
  return { integration, ids, engagement, state, reason, since, until };
}

async function listLetters(
  host: CommandHost,
  database: Database,
  integration: string,
  options: ListOptions,
): Promise<number> {
  const { json, limit, after, showPeople } = options;
  const page = unwrap(await readDeadLetters(database, filterOf(integration, options), { after, limit }));
  if (page.letters.length === 0) await refuseUnknown(host, database, integration);
  const letters = page.letters.map(({ request: _request, ...letter }) =>
    showPeople ? letter : withoutPerson(letter, '--show-people'),
  );
  if (json) for (const letter of letters) host.io.print(JSON.stringify(letter));
  else if (letters.length === 0) host.io.print('There is no such dead letter.');
  else for (const line of formatTable(showPeople ? WITH_PEOPLE : COLUMNS, letters)) host.io.print(line);
  if (page.next !== undefined) host.io.tell(`There are more: --after ${page.next}`);
  return EXIT_CODES.ok;
}

const PROFILE = { title: 'PROFILE', of: ({ profileId }: DeadLetter) => profileId };
const COLUMNS = [
  { title: 'ID', of: ({ id }: DeadLetter) => id },
  { title: 'AT', of: ({ at }: DeadLetter) => at },
  { title: 'STATE', of: ({ state }: DeadLetter) => state },
  { title: 'ENGAGEMENT', of: ({ engagement }: DeadLetter) => engagement },
  { title: 'EVENT', of: ({ eventId }: DeadLetter) => eventId },
  { title: 'REASON', of: ({ reason }: DeadLetter) => reason },
];
const WITH_PEOPLE = [...COLUMNS.slice(0, -1), PROFILE, ...COLUMNS.slice(-1)];

async function exportLetters(
  host: CommandHost,
  database: Database,
  integration: string,
  { command, ...options }: ExportCall,
): Promise<number> {
  const { file, json } = options;
  await refuseUnknown(host, database, integration);
  const lines = linesOf(database, filterOf(integration, options));
  if (file === undefined) {
    for await (const line of lines) host.io.print(line);
    return EXIT_CODES.ok;
  }
  const out = await newFile(command, file);
  let letters = 0;
  const counted = async function* () {
    for await (const line of lines) {
      letters += 1;
      yield `${line}\n`;
    }
  };
  try {
    await pipeline(counted, out);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    command.error(`error: --file: ${file} is not whole: it cannot be written any further (${error.code}).`);
  }
  if (json) host.io.print(JSON.stringify({ letters, file }));
  else host.io.tell(`${number(letters)} dead letters are in ${file}.`);
  return EXIT_CODES.ok;
}

async function* linesOf(database: Database, filter: DeadLetterFilter): AsyncGenerator<string> {
  for (let after: string | undefined; ;) {
    const page = unwrap(await readDeadLetters(database, filter, { after, limit: EXPORT_PAGE }));
    for (const letter of page.letters) yield JSON.stringify(letter);
    after = page.next;
    if (after === undefined) return;
  }
}

/** Of the operating system: a full disk, a file that may not be written. */
function isSystemError(error: unknown): error is { code: string } {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error;
}

/** A file that cannot be made is told before anything is read. */
async function newFile(command: Command, path: string): Promise<WriteStream> {
  const out = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    await once(out, 'open');
    return out;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const { code } = error;
    if (code === 'EEXIST') command.error(`error: --file: ${path} exists already; nothing is written over.`);
    command.error(`error: --file: ${path} cannot be written (${code}).`);
  }
}

async function redriveLetters(
  host: CommandHost,
  database: Database,
  integration: string,
  options: DecisionOptions,
): Promise<number> {
  const { json, by, dryRun } = options;
  const filter = filterOf(integration, options);
  const { at, ...counts } = unwrap(await countDeadLetters(database, filter));
  if (isNone(counts)) await refuseUnknown(host, database, integration);
  if (by === undefined || dryRun) {
    const nothing = 'Nothing was re-driven. To do it, say who decides: --by "YOUR NAME"';
    const lines = json
      ? [JSON.stringify({ redriven: false, ...counts })]
      : [`${describe(counts)} ${describeRedrive(counts)}`, nothing];
    for (const line of lines) host.io.print(line);
    return dryRun ? EXIT_CODES.ok : EXIT_CODES.person;
  }
  if (!json) host.io.tell(`${describe(counts)} ${describeRedrive(counts)}`);
  const result = unwrap(await redrive(database, { ...filter, until: filter.until ?? at }, by));
  const { calls, events, superseded, notKept } = result;
  host.io.print(
    json
      ? JSON.stringify({ redriven: true, ...result })
      : `${number(calls)} calls and ${number(events)} events are on their way again; ${number(superseded)} superseded, ${number(notKept)} left.`,
  );
  return EXIT_CODES.ok;
}

async function discardLetters(
  host: CommandHost,
  database: Database,
  integration: string,
  options: DecisionOptions,
): Promise<number> {
  const { json, by, dryRun } = options;
  const filter = filterOf(integration, options);
  const { at, refused, unknown, setAside } = unwrap(await countDeadLetters(database, filter));
  const counts = { refused, unknown, setAside };
  if (isNone(counts)) await refuseUnknown(host, database, integration);
  if (by === undefined || dryRun) {
    const nothing = 'Nothing was given up. To do it for good, say who decides: --by "YOUR NAME"';
    const lines = json ? [JSON.stringify({ discarded: false, ...counts })] : [describe(counts), nothing];
    for (const line of lines) host.io.print(line);
    return dryRun ? EXIT_CODES.ok : EXIT_CODES.person;
  }
  if (!json) host.io.tell(describe(counts));
  const result = unwrap(await discard(database, { ...filter, until: filter.until ?? at }, by));
  host.io.print(
    json
      ? JSON.stringify({ discarded: true, ...result })
      : `${number(result.calls)} calls and ${number(result.events)} events are given up.`,
  );
  return EXIT_CODES.ok;
}

function isNone({ refused, unknown, setAside }: Omit<DeadLetterCounts, 'overtaken' | 'notKept'>): boolean {
  return refused + unknown + setAside === 0;
}

function describe({
  refused,
  unknown,
  setAside,
}: Pick<DeadLetterCounts, 'refused' | 'unknown' | 'setAside'>): string {
  return `${number(refused)} refused and ${number(unknown)} unknown calls, ${number(setAside)} events set aside.`;
}

function describeRedrive({ overtaken, notKept }: DeadLetterCounts): string {
  return `${number(overtaken)} would be superseded by newer ones, ${number(notKept)} have nothing left to send.`;
}
