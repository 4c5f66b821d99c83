import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';

/** What the generator is told. */
export const generatorOptionsSchema = z.object({
  url: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Events per second. */
  rate: z.number(),
  /** Number of the first event. */
  first: z.number(),
  events: z.number(),
  people: z.number(),
  perPost: z.number(),
  connections: z.number(),
  /** Where the moments of acceptance are written, a 64-bit float for each event; 0 stands for never. */
  acceptedFile: z.string().exactOptional(),
});
/** What the generator is told. */
export type GeneratorOptions = z.infer<typeof generatorOptionsSchema>;

const reportSchema = z.object({
  accepted: z.number(),
  acceptedEvents: z.number(),
  turnedAway: z.record(z.string(), z.number()),
  latestMs: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  /** Of the time until an answer, counted from the moment at which the post was due. */
  summary: z.string(),
});
/** What the generator has seen. */
export type GeneratorReport = z.infer<typeof reportSchema>;

/** Runs the generator in a process of its own until everything that it posted is answered. */
export async function generate(options: GeneratorOptions): Promise<GeneratorReport> {
  const child = fork(join(__dirname, 'generator-process.js'), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const first = await Promise.race([
    once(child, 'message').then(([message]: unknown[]) => message),
    exited.then(() => undefined),
  ]);
  await exited;
  return reportSchema.parse(first);
}
