import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBucket } from '../../../src/adapters/bucket/s3-bucket';
import { type Bucket } from '../../../src/adapters/bucket/bucket';
import { type Outcome } from '../../../src/contract/errors';
import { type PlanReference, type SliceReference } from '../../../src/contract/objects';
import { startS3Server } from '../../../src/dev/servers/rclone';
import { membersPerSlice } from '../../../src/domain/plan-rules';
import { type AudienceFolder, sliceKey, sliceListKey } from '../../../src/domain/state-layout';
import { memberId } from './members';

/** The audience that every prepared plan adds to. */
export const BENCH_AUDIENCE = {
  integration: 'bench',
  audienceKey: 'f'.repeat(32),
  attribute: 'lexer_audience',
  value: 'Million',
  objectsPerRequest: 75,
} as const;

/** A plan as planning leaves it in the state bucket, ready to be sent. */
export interface PreparedPlan {
  plan: PlanReference;
  members: number;
}

/** A real S3 server with a state bucket, for as long as it is needed. */
export interface StateServer {
  bucket: Bucket;
  close(): Promise<void>;
}

/** Starts an S3 server over a temporary folder. */
export async function startStateServer(): Promise<StateServer> {
  const dir = await mkdtemp(join(tmpdir(), 'brazier-bench-state-'));
  const credentials = { accessKeyId: 'bench', secretAccessKey: randomBytes(24).toString('hex') };
  const server = await startS3Server({ dir, ...credentials, buckets: ['brazier-state'] });
  const settings = { bucket: 'brazier-state', region: 'us-east-1', path: '', endpoint: server.endpoint };
  const bucket = createBucket({ settings, credentials });
  return {
    bucket,
    async close() {
      bucket.close();
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Lays down a plan of adds, cut into slices as planning cuts them. */
export async function preparePlan(bucket: Bucket, members: number): Promise<PreparedPlan> {
  const { integration, audienceKey, objectsPerRequest } = BENCH_AUDIENCE;
  const folder: AudienceFolder = { path: bucket.path, integration, audienceKey };
  const random = randomBytes(8).toString('hex');
  const size = membersPerSlice(members, objectsPerRequest);
  const slices: SliceReference[] = [];
  for (let start = 0; start < members; start += size) {
    const count = Math.min(size, members - start);
    const index = slices.length;
    const lines = Array.from({ length: count }, (_, n) => `${JSON.stringify(memberId(start + n))}\n`);
    const object = valueOf(
      await bucket.put(sliceKey(folder, 0, random, { operation: 'add', index }), lines.join('')),
    );
    slices.push({ operation: 'add', index, members: count, object });
  }
  const list = valueOf(await bucket.putJson(sliceListKey(folder, 0, random), slices));
  const none = { ledger: 0, remove: 0, stay: 0, notOurs: 0, leaversKept: 0, unsureRetried: 0 };
  const plan: PlanReference = {
    hash: random,
    counts: { ...none, source: members, add: members },
    membersPerSlice: size,
    slices: list,
    sliceCount: { add: slices.length, remove: 0 },
  };
  return { plan, members };
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(outcome.fault.message);
}
