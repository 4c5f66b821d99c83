import { type Engine } from './engine';
import { type FreezeJob } from './jobs';
import { requireColumns } from './source-columns';
import { startOf } from './source-start';

/** Refuses an NDJSON source in whose first lines nobody has the identifier's field: that is a wrong name, not blank rows. */
export async function requireJsonField(engine: Engine, job: FreezeJob): Promise<void> {
  const [first] = job.files;
  if (first === undefined) return;
  const start = await startOf(engine, first);
  const lines = start.text.split('\n');
  const whole = start.whole ? lines : lines.slice(0, -1);
  const fields = new Set(whole.flatMap(fieldsOf));
  if (fields.size > 0) requireColumns(job, [...fields], first.name);
}

/** The fields of a line; none of one that is no object, which the read itself would have refused. */
function fieldsOf(line: string): string[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? Object.keys(value) : [];
  } catch {
    return [];
  }
}
