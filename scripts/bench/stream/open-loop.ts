import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { Latencies } from './histogram';

/** What is posted, and how often. */
export interface OpenLoopOptions {
  url: string;
  path: string;
  headers: Record<string, string>;
  postsPerSecond: number;
  posts: number;
  connections: number;
  /** Body of the post of that number, from 0. */
  body: (post: number) => string;
  /** Called with the moment at which it was accepted, in milliseconds since the epoch. */
  accepted: (post: number, atMs: number) => void;
}

/** What became of the posts. */
export interface OpenLoopResult {
  accepted: number;
  /** The others, by status; 0 for those without an answer. */
  turnedAway: Record<string, number>;
  /** From the moment at which a post was due until it was accepted. */
  latencies: Latencies;
  /** How late the posting itself was at worst: a generator that falls behind measures itself. */
  latestMs: number;
  seconds: number;
}

/** Posts on a fixed schedule, whether or not answers come: a server that slows down is not spared. */
export async function postOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { url, path, headers, postsPerSecond, posts, connections } = options;
  const pool = new Pool(url, { connections, pipelining: 1, bodyTimeout: 120_000, headersTimeout: 120_000 });
  const result: OpenLoopResult = {
    accepted: 0,
    turnedAway: {},
    latencies: new Latencies(),
    latestMs: 0,
    seconds: 0,
  };
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();
  const post = async (number: number, dueAt: number): Promise<void> => {
    result.latestMs = Math.max(result.latestMs, performance.now() - dueAt);
    const status = await send(pool, { path, headers, body: options.body(number) });
    const answeredAt = performance.now();
    if (status !== 201 && status !== 202) {
      result.turnedAway[status] = (result.turnedAway[status] ?? 0) + 1;
      return;
    }
    result.accepted += 1;
    result.latencies.add(answeredAt - dueAt);
    options.accepted(number, performance.timeOrigin + answeredAt);
  };
  for (let number = 0; number < posts;) {
    const dueAt = startedAt + (number * 1_000) / postsPerSecond;
    const earlyMs = dueAt - performance.now();
    if (earlyMs > 0) {
      await sleep(Math.ceil(earlyMs));
      continue;
    }
    const under = post(number, dueAt).finally(() => open.delete(under));
    open.add(under);
    number += 1;
  }
  await Promise.all(open);
  result.seconds = (performance.now() - startedAt) / 1_000;
  await pool.close();
  return result;
}

async function send(
  pool: Pool,
  { path, headers, body }: { path: string; headers: Record<string, string>; body: string },
): Promise<number> {
  try {
    const answer = await pool.request({ method: 'POST', path, headers, body });
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    // Counted among those without an answer.
    return 0;
  }
}
