import { BENCH_AUDIENCE, preparePlan, type StateServer } from './prepared-plan';
import { rounded, say } from './say';
import { sendByBrazier } from './send-by-brazier';
import { startServerChild } from './server-child';

/** How sending keeps to a limit. */
interface LimitedResult {
  /** Accepted requests per second, from the first slice's reading to the last receipt. */
  rate: number;
  /** Requests per second that the server allows. */
  allowed: number;
  /** CPU time of the sending process per request, in microseconds. */
  cpuMicrosPerRequest: number;
}

const ALLOWED_PER_SECOND = 1_000;
const LATENCY_MS = 50;
const CONNECTIONS = 128;
/** Members enough for sixteen seconds. */
const MEMBERS = 16 * ALLOWED_PER_SECOND * BENCH_AUDIENCE.objectsPerRequest;

/** Sends to a server that answers after 50 ms and refuses every request beyond 1,000 in a second. */
export async function measureLimited(state: StateServer): Promise<LimitedResult> {
  const sink = await startServerChild('sink-process', {
    latencyMs: LATENCY_MS,
    requestsPerSecond: ALLOWED_PER_SECOND,
  });
  try {
    const prepared = await preparePlan(state.bucket, MEMBERS);
    const limits = { connections: CONNECTIONS, requestsPerSecond: ALLOWED_PER_SECOND };
    const before = process.cpuUsage();
    const sent = await sendByBrazier(state.bucket, prepared, sink.url, limits);
    const { user, system } = process.cpuUsage(before);
    const rate = (sent.requests - sent.throttled) / sent.seconds;
    const share = rounded((100 * sent.throttled) / sent.requests, 2);
    say(
      `limited: ${rounded(rate)} accepted requests/s of ${ALLOWED_PER_SECOND} for ${rounded(sent.seconds)} s, ${share} % of answers 429`,
    );
    return { rate, allowed: ALLOWED_PER_SECOND, cpuMicrosPerRequest: (user + system) / sent.requests };
  } finally {
    await sink.close();
  }
}
