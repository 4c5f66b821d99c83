import { MockActivityEnvironment } from '@temporalio/testing';
import { createSendActivities, type SendSliceInput } from '../../../src/activities/send-slice';
import { createSliceStore } from '../../../src/activities/slice-store';
import { LocalBudget } from '../../../src/adapters/braze/budget';
import { createBrazeConnection } from '../../../src/adapters/braze/connection';
import { type Bucket } from '../../../src/adapters/bucket/bucket';
import { type SliceReceipt } from '../../../src/contract/objects';
import { BENCH_AUDIENCE, type PreparedPlan } from './prepared-plan';

/** How much may be sent at once. */
interface SendLimits {
  connections: number;
  requestsPerSecond: number;
}

/** What a sending showed. */
interface Sending {
  members: number;
  requests: number;
  throttled: number;
  seconds: number;
}

/** Slices under way at once, as the workflow keeps them. */
const PARALLEL_SLICES = 2;
let generation = 0;

/**
 * Sends a prepared plan by the product's own activity: slices are read from the bucket and checked, markers and receipts
 * written, answers parsed. Only Temporal is not there: that the run still holds its audience and that a heartbeat arrived
 * are answered at once.
 */
export async function sendByBrazier(
  bucket: Bucket,
  { plan, members }: PreparedPlan,
  url: string,
  limits: SendLimits,
): Promise<Sending> {
  const { integration, audienceKey, attribute, value, objectsPerRequest } = BENCH_AUDIENCE;
  const connection = createBrazeConnection({ ...CONNECTION, endpoint: url, connections: limits.connections });
  const budget = new LocalBudget(limits.requestsPerSecond, limits.connections);
  const activities = createSendActivities({
    store: createSliceStore(bucket),
    openBraze: () => Promise.resolve({ connection, budget }),
    holds: () => Promise.resolve(true),
    heartbeat: () => Promise.resolve('acknowledged'),
  });
  generation += 1;
  const run = { integration, audienceKey, generation };
  const braze = {
    endpoint: url,
    restKey: 'env:NOT_READ' as const,
    objectsPerRequest,
    exportIdsPerSecond: 1,
    requestTimeoutSeconds: 30,
    applyLagSeconds: 0,
    ...limits,
  };
  const shape = { identifier: 'external_id' as const, attribute, value, createProfiles: false };
  const receipts: SliceReceipt[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < plan.sliceCount.add; index = next++) {
      const input = { ...run, braze, shape, plan, operation: 'add' as const, index };
      receipts.push(
        await new MockActivityEnvironment().run(
          (slice: SendSliceInput) => activities.sendSlice(slice),
          input,
        ),
      );
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: PARALLEL_SLICES }, lane));
  const seconds = (performance.now() - startedAt) / 1_000;
  await connection.close();
  const sum = (of: (receipt: SliceReceipt) => number) => receipts.reduce((total, one) => total + of(one), 0);
  if (sum(({ counts }) => counts.accepted) !== members) throw new Error('not every member was accepted');
  return { members, requests: sum((r) => r.requests), throttled: sum((r) => r.throttled), seconds };
}

/** What both senders say of themselves; the key is nobody's. */
export const CONNECTION = {
  key: 'bench-key',
  requestTimeoutMs: 30_000,
  userAgent: 'partner-Brazier-Brazier/bench',
};
