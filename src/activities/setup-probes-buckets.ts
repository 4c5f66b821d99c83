import { randomUUID } from 'node:crypto';
import { type Bucket, type ListedObject } from '../adapters/bucket/bucket';
import { type Fault, type Outcome, success } from '../contract/errors';
import { type SetupStep } from '../contract/integration';
import { normalisedPath } from '../domain/state-layout';
import { failed, passed, skipped } from './setup-step';

const LIST = 'exchange bucket: list';
const GET = 'exchange bucket: get';
const STATE = 'state bucket';
/** Long enough for a slow link, short enough that somebody waits for it. */
const PROBE_TIMEOUT_MS = 15_000;

/** Lists the exchange bucket under its path and reads from it; Braze, not Brazier, writes there. */
export async function probeExchange(bucket: Bucket): Promise<SetupStep[]> {
  const where = `s3://${bucket.name}/${normalisedPath(bucket.path)}`;
  const listed = await firstObjects(bucket);
  const read = await readOne(bucket, listed.ok ? listed.value : []);
  return [
    listed.ok
      ? passed(
          LIST,
          `${where} can be listed and ${listed.value.length === 0 ? 'is empty' : 'holds objects'}.`,
        )
      : failed(LIST, listed.fault),
    read.ok ? passed(GET, `Objects under ${where} may be read.`) : failed(GET, read.fault),
  ];
}

/** The exchange bucket's steps where it may not be opened. */
export function exchangeNotTried(reason: string): SetupStep[] {
  return [LIST, GET].map((step) => skipped(step, `Not tried: ${reason}`));
}

/** Writes, reads, lists and deletes one object of its own name in the state bucket. */
export async function probeState(bucket: Bucket): Promise<SetupStep> {
  const key = `${normalisedPath(bucket.path)}setup-probes/${randomUUID()}`;
  const written = await bucket.put(key, 'probe', bound());
  if (!written.ok) return failed(STATE, written.fault);
  const found = [
    await bucket.getBytes(written.value, bound()),
    await bucket.list(key, bound()),
    await bucket.delete(key, bound()),
  ].find((outcome) => !outcome.ok);
  return found?.ok === false
    ? failed(STATE, found.fault)
    : passed(STATE, `s3://${bucket.name} can be written, read, listed and deleted from.`);
}

async function firstObjects(bucket: Bucket): Promise<Outcome<ListedObject[]>> {
  for await (const page of bucket.pages(normalisedPath(bucket.path), bound())) {
    return page.ok ? success(page.value.objects) : page;
  }
  return success([]);
}

/** With nothing there, an absent key has to be told as absent: credentials that may not read are refused instead. */
async function readOne(bucket: Bucket, objects: readonly ListedObject[]): Promise<Outcome<void>> {
  const object = objects.find(({ bytes }) => bytes > 0);
  const key = object?.key ?? `${normalisedPath(bucket.path)}brazier-probe-${randomUUID()}`;
  const opened = await bucket.openRead(key, { range: 'bytes=0-0', signal: bound() });
  if (opened.ok) {
    opened.value.body.destroy();
    return success(undefined);
  }
  return object === undefined && isAbsence(opened.fault) ? success(undefined) : opened;
}

function isAbsence({ code }: Fault): boolean {
  return code === 'SOURCE_NOT_FOUND';
}

function bound(): AbortSignal {
  return AbortSignal.timeout(PROBE_TIMEOUT_MS);
}
