import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { z } from 'zod';
import { type Intake } from '../adapters/postgres/intake';
import { type LocalSource } from '../adapters/source/read-source';
import { type AudienceSource } from '../contract/activation';
import { fault, success, type Outcome } from '../contract/errors';
import { type BucketSettings } from '../contract/integration';
import {
  type CheckedProfileImport,
  type ImportProfilesResult,
  type ImportProgress,
} from '../contract/profile-import';
import { describeColumns } from '../domain/column-names';
import { importRejectedKey } from '../domain/state-layout';
import { mappedFields } from '../domain/stream/import-row';
import { randomName, type AudienceDataAdapters } from './audience-data-adapters';
import { withScratch, type Scratch } from './audience-data-scratch';
import { throwFault, valueOf } from './failure';
import { activityBeat, type BeatAnswer } from './heartbeat-lease';
import { FileSurvey, readGroup, rowGroups, type RowFile } from './import-rows';
import { sourceBucket } from './source-bucket';

/** What to import, and the bucket that it is in unless it names another. */
export interface ImportProfileFileInput {
  asked: CheckedProfileImport;
  exchange: BucketSettings;
}

/** The way into the event log. */
export interface ImportStream {
  intake: Intake;
  readBacklog: (integration: string) => Promise<Outcome<number>>;
  maxBacklog: number;
  /** Sees to it that what is written is worked off. */
  ensureStream: (integration: string) => Promise<void>;
}

/** What an import takes. */
export interface ProfileImportPorts extends AudienceDataAdapters {
  /** Absent where the deployment has no database. */
  stream: ImportStream | undefined;
  /** A heartbeat that resolves when Temporal has it: the worker's own would be up to half a minute behind. */
  heartbeat: (taskToken: Uint8Array, details: unknown) => Promise<BeatAnswer>;
}

const BACKLOG_LOOK_MS = 1_000;
/** So long a full backlog is waited for in place; then the slot goes to others. */
const BACKLOG_WAIT_MS = 60_000;

const progressSchema: z.ZodType<ImportProgress> = z.object({
  etag: z.string(),
  rows: z.number(),
  row: z.number(),
  accepted: z.number(),
  duplicates: z.number(),
});

/** The activity that imports profiles. It runs on the data task queue. */
export function createImportActivities(ports: ProfileImportPorts) {
  return {
    /**
     * Reads the object whole, then takes its rows into the event log, group by group.
     * A retry is safe: it goes on after the last row that a heartbeat has told, and a row that the log has already is not taken
     * again, since its id is its number. Bounded by the heartbeat and by the backlog, which is waited for. Reads fresh: the
     * object, which has to be the one that the attempt before has read, and the backlog.
     */
    async importProfileFile(input: ImportProfileFileInput): Promise<ImportProfilesResult> {
      const { stream } = ports;
      if (stream === undefined)
        return throwFault({
          code: 'STREAM_NOT_CONFIGURED',
          message: 'This deployment has no database, so there are no profiles to import into.',
        });
      const found = progressSchema.safeParse(Context.current().info.heartbeatDetails);
      let progress = found.success ? found.data : undefined;
      return withScratch(
        ports.workDir,
        async (scratch) => {
          const file = await readFile(ports, input, scratch);
          const begun = progress ?? { etag: file.etag, rows: 0, row: 0, accepted: 0, duplicates: 0 };
          if (begun.etag !== file.etag)
            return throwFault({
              code: 'SOURCE_CHANGED',
              message: `${file.location} was replaced while it was imported; ${begun.row} rows of the former object are in.`,
            });
          const { survey, rejectedKey } = await surveyFile(ports, input, file, scratch);
          const current: ImportProgress = { ...begun, rows: survey.rows };
          progress = current;
          await takeRows({ ports, stream, input, file, current, scratch });
          return {
            ...{ integration: input.asked.integration, source: file.location, etag: file.etag },
            ...{ rows: survey.rows, accepted: current.accepted, duplicates: current.duplicates },
            ...{ rejected: survey.rejected, reasons: survey.frequent() },
            ...(rejectedKey === undefined ? {} : { rejectedKey }),
          };
        },
        () => progress,
      );
    },
  };
}

interface ImportedFile extends RowFile {
  etag: string;
  location: string;
}

/** Brings the object here whole and turns it into lines; what is damaged anywhere ends it here. */
async function readFile(
  ports: ProfileImportPorts,
  { asked, exchange }: ImportProfileFileInput,
  { directory, signal, file }: Scratch,
): Promise<ImportedFile> {
  const source: AudienceSource = {
    ...asked.source,
    // Of audiences alone.
    ...{ idColumn: '', identifier: 'external_id', quietSeconds: 0 },
  };
  const bucket = valueOf(await ports.openBucket(sourceBucket(source, exchange)));
  let read: LocalSource;
  try {
    read = valueOf(await ports.readSource(bucket, source, directory, { signal }));
  } finally {
    bucket.close();
  }
  const [local] = read.files;
  const [listed] = read.listed;
  if (local === undefined || listed === undefined) throw new Error('A source of one object has none.');
  const { format, csv } = asked.source;
  const job = {
    kind: 'rows',
    scratch: directory,
    file: local,
    format,
    csv,
    output: file('rows.ndjson'),
  } as const;
  const { columns } = valueOf(await ports.duckdb.run(job, signal));
  if (columns !== undefined) valueOf(requireColumns(asked, columns, local.name));
  return { path: job.output, columns, etag: listed.etag, location: read.location };
}

function requireColumns(asked: CheckedProfileImport, columns: string[], name: string): Outcome<void> {
  // Two columns of one name would be one trait.
  const wanted = [...mappedFields(asked), ...(asked.traits === 'allOther' ? columns : [])];
  for (const column of wanted.filter((one) => one !== '')) {
    const count = columns.filter((other) => other === column).length;
    if (count === 1) continue;
    const problem = count === 0 ? 'is not there' : 'is there more than once';
    const message = `${name}: column "${column}" ${problem}. ${describeColumns(columns, column)}.`;
    return fault('SOURCE_COLUMN_MISSING', message);
  }
  return success(undefined);
}

/** Goes through the whole file before anything is written: how many rows it has, and which can't be taken. */
async function surveyFile(
  { stateBucket }: ProfileImportPorts,
  { asked }: ImportProfileFileInput,
  imported: ImportedFile,
  { file, signal }: Scratch,
): Promise<{ survey: FileSurvey; rejectedKey?: string }> {
  const survey = new FileSurvey(asked);
  const path = file('rejected.ndjson');
  await pipeline(rejectedLines(imported, asked, survey, signal), createWriteStream(path));
  const { expectedRows } = asked.source;
  if (expectedRows !== undefined && expectedRows !== survey.rows)
    throwFault({
      code: 'SOURCE_INCOMPLETE',
      message: `${imported.location}: has ${survey.rows} rows; source.expectedRows says ${expectedRows}.`,
    });
  const [unseen] = survey.unseen;
  if (imported.columns === undefined && unseen !== undefined && survey.rows > 0)
    throwFault({
      code: 'SOURCE_COLUMN_MISSING',
      message: `${imported.location}: no row has the field "${unseen}".`,
    });
  if (survey.rejected === 0) return { survey };
  const key = importRejectedKey(stateBucket.path, asked.integration, randomName());
  valueOf(await stateBucket.putFile(key, path, signal));
  return { survey, rejectedKey: key };
}

/** Rows that can't be taken, a line each, as fast as they can be written; the survey notes every row on the way. */
async function* rejectedLines(
  imported: ImportedFile,
  asked: CheckedProfileImport,
  survey: FileSurvey,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const group of rowGroups(imported, 0)) {
    endIfCancelled(signal);
    const read = readGroup(group, asked);
    survey.add(group, read);
    for (const line of read.rejected) yield `${JSON.stringify(line)}\n`;
  }
}

interface Taking {
  ports: ProfileImportPorts;
  stream: ImportStream;
  input: ImportProfileFileInput;
  file: ImportedFile;
  /** Moves on with every group. */
  current: ImportProgress;
  scratch: Scratch;
}

async function takeRows({ ports, stream, input, file, current, scratch }: Taking): Promise<void> {
  const { asked } = input;
  const beat = activityBeat(Context.current(), ports.heartbeat, () => ({ ...current }));
  const source = sourceName(asked, file.etag);
  let isEnsured = false;
  for await (const group of rowGroups(file, current.row)) {
    await roomFor(stream, asked.integration, scratch.signal);
    const { events } = readGroup(group, asked);
    const taken =
      events.length === 0
        ? []
        : valueOf(
            await stream.intake(
              asked.integration,
              events.map((event) => ({ ...event, source })),
            ),
          ).isDuplicate;
    const duplicates = taken.filter(Boolean).length;
    current.duplicates += duplicates;
    current.accepted += taken.length - duplicates;
    current.row = group.first + group.values.length - 1;
    if (!isEnsured && taken.length > 0) await stream.ensureStream(asked.integration);
    isEnsured ||= taken.length > 0;
    // Temporal may be away: the rows are safe, and the next heartbeat tells of them as well.
    const answer = await beat().catch(() => 'unanswered' as const);
    if (answer === 'cancelled' || answer === 'lost') throw new CancelledFailure('The import was ended.');
  }
}

/**
 * One name for the same rows of the same object, read in the same way: whoever imports it again changes nothing, and whoever
 * corrects the columns imports it anew.
 */
function sourceName({ source, identifiers, traits }: CheckedProfileImport, etag: string): string {
  const { format, csv } = source;
  const way = JSON.stringify([format, csv, Object.entries(identifiers).sort(), sorted(traits)]);
  return `import:${etag}:${createHash('sha256').update(way).digest('hex').slice(0, 12)}`;
}

function sorted(traits: CheckedProfileImport['traits']): unknown {
  return traits === 'allOther' ? traits : Object.entries(traits).sort();
}

function endIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CancelledFailure('The import was ended.');
}

/** Waits until the backlog has room. */
async function roomFor(stream: ImportStream, integration: string, signal: AbortSignal): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += BACKLOG_LOOK_MS) {
    endIfCancelled(signal);
    const backlog = valueOf(await stream.readBacklog(integration));
    if (backlog < stream.maxBacklog) return;
    if (waitedMs >= BACKLOG_WAIT_MS)
      throwFault({
        code: 'BACKLOG_FULL',
        message: `${backlog} events wait to be worked off, so the import waits.`,
        retryAfterMs: BACKLOG_WAIT_MS,
      });
    await sleep(BACKLOG_LOOK_MS);
  }
}
