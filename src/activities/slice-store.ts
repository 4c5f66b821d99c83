import { randomBytes } from 'node:crypto';
import { type Bucket } from '../adapters/bucket/bucket';
import {
  type ChangeOperation,
  type Correction,
  type ObjectReference,
  type PlanReference,
  type ReceiptBody,
  type SliceReference,
  type StartedMarker,
} from '../contract/objects';
import { type SampleMember } from '../domain/sample-proof';
import {
  type AudienceFolder,
  correctionsKey,
  parseReceiptKey,
  receiptKey,
  runPrefix,
  sliceReceiptsPrefix,
  startedKey,
  startedPrefix,
} from '../domain/state-layout';
import { sha256 } from './checksum';
import { valueOf, throwFault } from './failure';
import { parseStateObject } from './state-objects';

/** Which run of which audience. */
export interface RunKey {
  integration: string;
  audienceKey: string;
  generation: number;
}

/** What sending reads from and writes to the state bucket. */
export interface SliceStore {
  /** A slice, checked against its checksum; a line is one identifier as JSON. */
  readSlice(plan: PlanReference, operation: ChangeOperation, index: number): Promise<{ lines: string[] }>;
  /** Receipts of earlier attempts at a slice. */
  readReceipts(run: RunKey, operation: ChangeOperation, index: number): Promise<ReceiptBody[]>;
  /** Whether this generation has begun to send another plan than this one, as after a reset to before its planning. */
  hasOtherPlan(run: RunKey, plan: PlanReference): Promise<boolean>;
  /** Durable before the first request; the answer names the attempt. */
  writeStarted(run: RunKey, marker: StartedMarker): Promise<string>;
  writeReceipt(run: RunKey, attempt: string, body: ReceiptBody): Promise<ObjectReference>;
  readSample(sample: ObjectReference): Promise<SampleMember[]>;
  writeCorrections(run: RunKey, corrections: Correction[]): Promise<void>;
}

/** A slice store in the state bucket. */
export function createSliceStore(bucket: Bucket): SliceStore {
  const folderOf = ({ integration, audienceKey }: RunKey): AudienceFolder => ({
    path: bucket.path,
    integration,
    audienceKey,
  });

  // A plan's list of slices never changes, and is asked for once a slice.
  const sliceLists = new RecentValues<SliceReference[]>();
  // Once a marker of this plan stands, whoever comes with another plan is refused: no need to look again.
  const begunPlans = new RecentValues<string>();

  const listOf = async (plan: PlanReference): Promise<SliceReference[]> => {
    const known = sliceLists.get(plan.slices.key);
    if (known) return known;
    const list = valueOf(await bucket.getBytes(plan.slices));
    const slices = valueOf(parseStateObject.sliceList(plan.slices.key, list));
    sliceLists.set(plan.slices.key, slices);
    return slices;
  };

  return {
    async readSlice(plan, operation, index) {
      const slice = (await listOf(plan)).find(
        (candidate) => candidate.operation === operation && candidate.index === index,
      );
      if (!slice) throwFault({ code: 'STATE_CORRUPT', message: `plan has no ${operation} slice ${index}` });
      return { lines: linesOf(valueOf(await bucket.getBytes(slice.object)), slice) };
    },

    async readReceipts(run, operation, index) {
      const prefix = sliceReceiptsPrefix(folderOf(run), run.generation, { operation, index });
      const receipts: ReceiptBody[] = [];
      for (const { key } of valueOf(await bucket.list(prefix))) {
        const name = parseReceiptKey(key);
        if (!name) continue;
        const bytes = valueOf(await bucket.read(key));
        if (!sha256(bytes).startsWith(name.sha16)) {
          throwFault({ code: 'STATE_CORRUPT', message: `receipt ${key} differs from its checksum` });
        }
        receipts.push(valueOf(parseStateObject.receiptBody(key, bytes)));
      }
      return receipts;
    },

    async hasOtherPlan(run, plan) {
      if (begunPlans.get(runPrefix(folderOf(run), run.generation)) === plan.slices.key) return false;
      const [first] = valueOf(await bucket.list(startedPrefix(folderOf(run), run.generation)));
      if (!first) return false;
      // Every marker of a generation names the same plan, since this is asked before each of them is written.
      const marker = parseStateObject.startedMarker(first.key, valueOf(await bucket.read(first.key)));
      return valueOf(marker).plan.slices.key !== plan.slices.key;
    },

    async writeStarted(run, marker) {
      const attempt = randomBytes(8).toString('hex');
      const { operation, index } = marker;
      const key = startedKey(folderOf(run), run.generation, { operation, index, attempt });
      valueOf(await bucket.putJson(key, marker));
      begunPlans.set(runPrefix(folderOf(run), run.generation), marker.plan.slices.key);
      return attempt;
    },

    async writeReceipt(run, attempt, body) {
      const bytes = Buffer.from(JSON.stringify(body));
      const { operation, index } = body;
      const key = receiptKey(folderOf(run), run.generation, { operation, index, attempt }, sha256(bytes));
      return valueOf(await bucket.put(key, bytes));
    },

    async readSample(sample) {
      const text = valueOf(await bucket.getBytes(sample)).toString('utf8');
      const lines = text.split('\n').filter(Boolean);
      return lines.map((line) => valueOf(parseStateObject.sampleMember(sample.key, line)));
    },

    async writeCorrections(run, corrections) {
      if (corrections.length === 0) return;
      const sorted = [...corrections].sort((a, b) => (a.id < b.id ? -1 : 1));
      const bytes = Buffer.from(sorted.map((correction) => `${JSON.stringify(correction)}\n`).join(''));
      valueOf(await bucket.put(correctionsKey(folderOf(run), run.generation, sha256(bytes)), bytes));
    },
  };
}

function linesOf(bytes: Buffer, slice: SliceReference): string[] {
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === slice.members) return lines;
  return throwFault({
    code: 'STATE_CORRUPT',
    message: `${slice.object.key} does not have ${slice.members} members`,
  });
}

/** As many as there are runs of one worker at a time, with room to spare. */
const MAX_RECENT = 32;

/** The values used last, by key. */
class RecentValues<T> {
  private readonly values = new Map<string, T>();

  get(key: string): T | undefined {
    return this.values.get(key);
  }

  set(key: string, value: T): void {
    this.values.delete(key);
    this.values.set(key, value);
    const [oldest] = this.values.keys();
    if (this.values.size > MAX_RECENT && oldest !== undefined) this.values.delete(oldest);
  }
}
