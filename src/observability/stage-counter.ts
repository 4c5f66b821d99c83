import { Counter, type Registry } from 'prom-client';

/** Counts who got how far: a process that captures and one that looks after shards tell of the same stages. */
export type StageCounter = Counter<'integration' | 'engagement' | 'stage'>;

const NAME = 'brazier_stream_total';

/** The counter of a registry, made by whoever asks first. */
export function stageCounter(registry: Registry): StageCounter {
  const known = registry.getSingleMetric(NAME);
  if (known instanceof Counter) return known;
  return new Counter({
    registers: [registry],
    name: NAME,
    help: 'Stages of the way from an event to Braze, exits, and calls by what became of them; without an engagement where they are none of its own.',
    labelNames: ['integration', 'engagement', 'stage'],
  });
}

/** Events are captured and unified in one transaction. */
export function countCaptured(counter: StageCounter, integration: string, count: number): void {
  for (const stage of ['captured', 'unified']) counter.inc({ integration, engagement: '', stage }, count);
}
