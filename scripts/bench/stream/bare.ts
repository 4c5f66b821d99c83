import { rounded, say } from '../million/say';
import { type ServerChild, startServerChild } from '../million/server-child';
import { generate, type GeneratorReport } from './generator';
import { postOpenLoop } from './open-loop';
import { cpuSecondsOf } from './process-cpu';

/** Events in one post. */
export const PER_POST = 20;
/** Connections of the generator: enough to keep to its schedule while answers take a fifth of a second. */
export const CONNECTIONS = 64;
const OBJECTS_PER_REQUEST = 75;
const KEY = 'bare';

/**
 * What the machine does without Brazier: the same posts to a server that only answers, and requests of the same size and
 * number to the same sandbox.
 */
export async function measureBare(rate: number, seconds: number): Promise<void> {
  await withServer(await startServerChild('sink-process', {}), async (sink) => {
    const report = await generate({
      ...{
        url: sink.url,
        path: '/v1/events',
        headers: {},
        rate,
        first: 0,
        events: rate * seconds,
        people: rate,
      },
      ...{ perPost: PER_POST, connections: CONNECTIONS },
    });
    sayGenerator('bare: posts to a server that only answers', report);
  });
  await withServer(
    await startServerChild('sandbox-process', { key: KEY, applyLagMs: 200 }),
    async (braze) => {
      const before = await cpuSecondsOf(braze.pid);
      const posts = Math.ceil((rate * seconds) / OBJECTS_PER_REQUEST);
      const { latencies } = await postOpenLoop({
        url: braze.url,
        path: '/users/track',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        postsPerSecond: rate / OBJECTS_PER_REQUEST,
        posts,
        connections: CONNECTIONS,
        body: trackBody,
        accepted: () => undefined,
      });
      const share = (100 * ((await cpuSecondsOf(braze.pid)) - before)) / seconds;
      say(
        `bare: requests of ${OBJECTS_PER_REQUEST} objects to the sandbox: ${latencies.summary()}; sandbox ${rounded(share)} % of a core`,
      );
    },
  );
}

/** What the generator has seen, in one line. */
export function sayGenerator(what: string, report: GeneratorReport): void {
  const { seconds, cpuSeconds, latestMs, turnedAway } = report;
  const away = Object.entries(turnedAway).map(
    ([status, posts]) => `, ${posts} posts turned away with ${status}`,
  );
  say(`${what}: ${report.summary}${away.join('')}`);
  say(
    `  the generator took ${rounded(cpuSeconds, 2)} s of CPU in ${rounded(seconds)} s and was ${rounded(latestMs)} ms late at worst`,
  );
}

function trackBody(post: number): string {
  const attributes = Array.from({ length: OBJECTS_PER_REQUEST }, (_, at) => ({
    external_id: `person-${String((post * OBJECTS_PER_REQUEST + at) % 25_000).padStart(7, '0')}`,
    bench_number: post,
    bench_place: 'inside',
  }));
  return JSON.stringify({ attributes });
}

async function withServer(server: ServerChild, use: (server: ServerChild) => Promise<void>): Promise<void> {
  await use(server).finally(() => server.close());
}
