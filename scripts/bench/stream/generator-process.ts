import { writeFile } from 'node:fs/promises';
import { generatorOptionsSchema, type GeneratorReport } from './generator';
import { postBody } from './events';
import { postOpenLoop } from './open-loop';

/** Makes the load in a process of its own, tells what it cost, and ends. */
async function main(): Promise<void> {
  const options = generatorOptionsSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
  const { url, path, headers, perPost, first, events, people, rate, connections, acceptedFile } = options;
  const acceptedAtMs = new Float64Array(events);
  const posts = Math.ceil(events / perPost);
  // Made before the clock runs: the machine is the subject's, as far as possible.
  const bodies = Array.from({ length: posts }, (_, post) =>
    postBody({ people, events }, first + post * perPost, Math.min(perPost, events - post * perPost)),
  );
  const before = process.cpuUsage();
  const { latencies, ...result } = await postOpenLoop({
    url,
    path,
    headers: { 'content-type': 'application/json', ...headers },
    postsPerSecond: rate / perPost,
    posts,
    connections,
    body: (post) => bodies[post] ?? '',
    accepted: (post, atMs) => acceptedAtMs.fill(atMs, post * perPost, (post + 1) * perPost),
  });
  const { user, system } = process.cpuUsage(before);
  if (acceptedFile !== undefined) await writeFile(acceptedFile, acceptedAtMs);
  const report: GeneratorReport = {
    ...result,
    acceptedEvents: acceptedAtMs.reduce((sum, atMs) => sum + (atMs > 0 ? 1 : 0), 0),
    cpuSeconds: (user + system) / 1e6,
    summary: latencies.summary(),
  };
  process.send?.(report, () => process.exit(0));
}

void main();
