import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { correctionsPrefix, parseCorrectionsKey, type AudienceFolder } from '../domain/state-layout';
import { type Bucket } from '../adapters/bucket/bucket';
import { type Scratch } from './audience-data-scratch';
import { throwFault, valueOf } from './failure';

/** A corrections object that no ledger has taken in yet, as a file of this attempt. */
export interface LocalCorrections {
  name: string;
  path: string;
  generation: number;
}

/** Fetches the corrections that are not among `folded`, oldest generation first. */
export async function fetchNewCorrections(
  bucket: Bucket,
  folder: AudienceFolder,
  folded: readonly string[],
  scratch: Scratch,
): Promise<LocalCorrections[]> {
  const known = new Set(folded);
  const corrections: LocalCorrections[] = [];
  for (const { key } of valueOf(await bucket.list(correctionsPrefix(folder), scratch.signal))) {
    const parsed = parseCorrectionsKey(key);
    const name = basename(key, '.ndjson');
    if (parsed === undefined || known.has(name)) continue;
    const body = valueOf(await bucket.read(key, scratch.signal));
    if (!createHash('sha256').update(body).digest('hex').startsWith(parsed.sha16)) {
      return throwFault({ code: 'STATE_CORRUPT', message: `${key}: the content does not match the name.` });
    }
    if (body.length === 0) continue;
    const path = scratch.file(`corrections-${name}.ndjson`);
    await writeFile(path, body);
    corrections.push({ name, path, generation: parsed.generation });
  }
  return corrections.sort((a, b) => a.generation - b.generation);
}
