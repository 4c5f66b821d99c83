import { request } from 'undici';
import { z } from 'zod';
import { type EventPlan, eventId, personId, personOf } from './events';
import { Latencies } from './histogram';

/** What the sandbox saw, compared with what was posted: nothing here comes from the product's own books. */
export interface Arrivals {
  /** Events whose value came to the right person. */
  arrived: number;
  /** Accepted events whose value never came. */
  missing: string[];
  /** Values that came after a later one of the same person. */
  outOfOrder: number;
  /** Values that came more than once. */
  repeated: number;
  /** Of events within the clock: from the 202 that the generator read to the request in which the sandbox met the value. */
  latencies: Latencies;
}

const lineSchema = z.object({
  user: z.string(),
  // The test of the External API takes its value away again: null.
  values: z.array(z.number().nullable()),
  atMs: z.array(z.number()),
});

/** Reads in which order the sandbox met each person's values. `clockFrom`: number of the first event that was posted by the clock. */
export async function readArrivals(
  sandboxUrl: string,
  attribute: string,
  plan: EventPlan,
  acceptedAtMs: Float64Array,
  clockFrom: number,
): Promise<Arrivals> {
  const answer = await request(`${sandboxUrl}/_sandbox/order?attribute=${attribute}`, { bodyTimeout: 0 });
  const lines = (await answer.body.text()).split('\n').filter(Boolean);
  const arrivals: Arrivals = {
    arrived: 0,
    missing: [],
    outOfOrder: 0,
    repeated: 0,
    latencies: new Latencies(),
  };
  const seen = new Uint8Array(plan.events);
  const latency = (number: number, atMs: number) => {
    if (number >= clockFrom) arrivals.latencies.add(atMs - (acceptedAtMs[number] ?? 0));
  };
  for (const line of lines) noteUser(lineSchema.parse(JSON.parse(line)), plan, latency, seen, arrivals);
  acceptedAtMs.forEach((atMs, number) => {
    if (atMs > 0 && seen[number] === 0) arrivals.missing.push(eventId(number));
  });
  return arrivals;
}

function noteUser(
  { user, values, atMs }: z.infer<typeof lineSchema>,
  plan: EventPlan,
  latency: (number: number, atMs: number) => void,
  seen: Uint8Array,
  arrivals: Arrivals,
): void {
  let highest = -1;
  for (const [index, value] of values.entries()) {
    if (value === null || value < 0 || value >= plan.events || personId(personOf(plan, value)) !== user)
      continue;
    if (seen[value] === 1) arrivals.repeated += 1;
    else {
      arrivals.arrived += 1;
      latency(value, atMs[index] ?? 0);
    }
    if (value < highest) arrivals.outOfOrder += 1;
    highest = Math.max(highest, value);
    seen[value] = 1;
  }
}
