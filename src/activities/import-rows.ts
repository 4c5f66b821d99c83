import { createReadStream } from 'node:fs';
import { type IntakeEvent } from '../adapters/postgres/intake';
import { type CheckedProfileImport, type RejectedRows } from '../contract/profile-import';
import { readEvents } from '../contract/schemas/capture';
import { mapRow, mappedFields } from '../domain/stream/import-row';
import { type JsonObject, type JsonValue } from '../domain/stream/vocabulary';

/** A file of rows as lines of JSON, as the database job has written it. */
export interface RowFile {
  path: string;
  /** Of a CSV, whose rows are lists. */
  columns?: string[] | undefined;
}

/** Consecutive rows, the first of which has this number. */
export interface RowGroup {
  first: number;
  values: JsonValue[];
}

/** What became of a group: events for the log, and rows that can't be any. */
export interface ReadGroup {
  events: Omit<IntakeEvent, 'source'>[];
  rejected: { row: number; reason: string }[];
}

/** Rows of one transaction: the log is not held up for long, and a lost answer costs little. */
const GROUP_ROWS = 500;
const MOST_REASONS = 20;
const FIRST_ROWS = 5;

/** The rows after a row, in order. */
export async function* rowGroups({ path, columns }: RowFile, after: number): AsyncGenerator<RowGroup> {
  let row = 0;
  let group: RowGroup = { first: after + 1, values: [] };
  for await (const line of linesOf(path)) {
    row += 1;
    if (row <= after) continue;
    group.values.push(rowOf(line, columns));
    if (group.values.length < GROUP_ROWS) continue;
    yield group;
    group = { first: row + 1, values: [] };
  }
  if (group.values.length > 0) yield group;
}

/** Lines end with LF alone: JSON text may hold other characters that some take for line ends. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  // Its chunks are texts, since it has an encoding.
  for await (const chunk of createReadStream(path, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function rowOf(line: string, columns: string[] | undefined): JsonValue {
  // The job writes exactly this, and has refused whatever is no JSON.
  const { r } = JSON.parse(line) as { r: JsonValue };
  if (columns === undefined || !Array.isArray(r)) return r;
  const cells = r.flatMap((cell, index): [string, JsonValue][] => {
    const name = columns[index] ?? '';
    return cell === null || name === '' ? [] : [[name, cell]];
  });
  return Object.fromEntries(cells);
}

/** Rows as events that bring traits only; their ids are the numbers of their rows. */
export function readGroup({ first, values }: RowGroup, asked: CheckedProfileImport): ReadGroup {
  const inputs: object[] = [];
  const rows: number[] = [];
  const rejected: ReadGroup['rejected'] = [];
  values.forEach((value, index) => {
    const row = first + index;
    const mapped = mapRow(value, asked);
    if (!mapped.ok) return void rejected.push({ row, reason: mapped.reason });
    rows.push(row);
    const { identifiers, traits } = mapped;
    inputs.push({ id: String(row), identifiers, traits });
  });
  if (inputs.length === 0) return { events: [], rejected };
  const read = readEvents({ events: inputs }, { nowMs: Date.now() });
  if (!read.ok) throw new Error(`A group of rows is no list of events: ${read.fault.message}`);
  for (const { index, problem } of read.value.refused)
    rejected.push({ row: rows[index] ?? 0, reason: problem.replace(/\.$/, '') });
  const events = read.value.events.map(({ id, identities, rest }) => ({ id, identities, rest }));
  return { events, rejected: rejected.sort((left, right) => left.row - right.row) };
}

/** Gathers what a whole file holds, before anything of it is written. */
export class FileSurvey {
  rows = 0;
  rejected = 0;
  /** Fields that the mapping names and no row had so far. */
  readonly unseen: Set<string>;
  private readonly reasons = new Map<string, RejectedRows>();

  constructor(asked: CheckedProfileImport) {
    this.unseen = new Set(mappedFields(asked));
  }

  add({ values }: RowGroup, { rejected }: ReadGroup): void {
    this.rows += values.length;
    if (this.unseen.size > 0) for (const value of values) this.see(value);
    this.rejected += rejected.length;
    for (const { row, reason } of rejected) {
      const known = this.reasons.get(reason) ?? { reason, rows: 0, firstRows: [] };
      known.rows += 1;
      if (known.firstRows.length < FIRST_ROWS) known.firstRows.push(row);
      this.reasons.set(reason, known);
    }
  }

  /** The most frequent reasons. */
  frequent(): RejectedRows[] {
    return [...this.reasons.values()].sort((left, right) => right.rows - left.rows).slice(0, MOST_REASONS);
  }

  private see(value: JsonValue): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const fields: JsonObject = value;
    for (const field of this.unseen) if (Object.hasOwn(fields, field)) this.unseen.delete(field);
  }
}
