import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { type Bucket } from '../adapters/bucket/bucket';
import {
  SAMPLES_IN_ALL,
  SAMPLES_PER_REASON,
  type RejectedSample,
  type RejectedSamples,
} from '../contract/rejected-samples';
import { ALIAS_SEPARATOR } from '../domain/identifiers';
import { valueOf } from './failure';

/** More of a rejected file is not read: its beginning has a few of every reason. */
const HEAD_BYTES = 4 * 1024 * 1024;
const VALUE_CHARACTERS = 80;
const REASON_CHARACTERS = 200;

const lineSchema = z.object({
  id: z.string(),
  reason: z.string(),
  rows: z.number().optional(),
  object: z.string().optional(),
  row: z.number().optional(),
  operation: z.string().optional(),
});

type Line = z.infer<typeof lineSchema>;

/** A few of the rows and members in a run's rejected files, by reason and short enough to be read. */
export async function sampleRejected(bucket: Bucket, keys: readonly string[]): Promise<RejectedSamples[]> {
  const groups = new Map<string, RejectedSamples>();
  let left = SAMPLES_IN_ALL;
  for (const key of keys) {
    for (const line of parsed(await headOf(bucket, key))) {
      if (left === 0) return [...groups.values()];
      if (addTo(groups, line)) left -= 1;
    }
  }
  return [...groups.values()];
}

/** A file that somebody has deleted leaves the report without samples, not the run without a report. */
async function headOf(bucket: Bucket, key: string): Promise<string> {
  const opened = await bucket.openRead(key, { range: `bytes=0-${HEAD_BYTES - 1}` });
  if (!opened.ok && opened.fault.code === 'SOURCE_NOT_FOUND') return '';
  return textOf(valueOf(opened).body);
}

function* parsed(head: string): Generator<Line> {
  for (const line of head.split('\n')) {
    const result = lineSchema.safeParse(jsonOf(line));
    if (result.success) yield result.data;
  }
}

/** The last line of a head may be cut. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Whether there was room for it. */
function addTo(groups: Map<string, RejectedSamples>, line: Line): boolean {
  const by = line.operation === undefined ? 'source' : 'braze';
  const reason = shortened(line.reason, REASON_CHARACTERS);
  const name = `${by} ${reason}`;
  const group = groups.get(name) ?? { by, reason, samples: [] };
  groups.set(name, group);
  if (group.samples.length >= SAMPLES_PER_REASON) return false;
  group.samples.push(sampleOf(line));
  return true;
}

function sampleOf({ id, rows = 1, object, row }: Line): RejectedSample {
  const value = shortened(id.replace(ALIAS_SEPARATOR, ' / '), VALUE_CHARACTERS);
  return { value, rows, ...(object === undefined || row === undefined ? {} : { place: { object, row } }) };
}

/** Characters that cannot be seen, or that turn the line around, are written out. */
function shortened(text: string, characters: number): string {
  const start = Array.from(text.slice(0, 2 * characters + 2));
  const kept = start.length > characters ? [...start.slice(0, characters), '…'] : start;
  return kept
    .map((character) =>
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(character) ? escaped(character) : character,
    )
    .join('');
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
