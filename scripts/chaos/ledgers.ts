import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { audienceKey } from '../../src/activities/check-input';
import { openEngine, text } from '../../src/adapters/duckdb/engine';
import { DEFAULT_ATTRIBUTE } from '../../src/contract/names';
import { type ChaosAudience, REFUSED_PREFIX } from './audience';
import { INTEGRATION, type Stage } from './stage';

/**
 * Reads an audience's ledger back from the state bucket and says what in it is not true. Braze skips people whom it does
 * not know and does not say so: they may be in a ledger until a sample has met them.
 */
export async function ledgerProblems(stage: Stage, audience: ChaosAudience): Promise<string[]> {
  const state = await stage.client.integration(INTEGRATION);
  const key = audienceKey(DEFAULT_ATTRIBUTE, audience.name, 'external_id');
  const known = state?.audiences[key];
  if (!known?.ledger) return [`${audience.name}: no ledger was committed`];
  const problems = known.open.map(({ generation }) => `${audience.name}: generation ${generation} is open`);
  await mkdir(stage.scratch, { recursive: true });
  const file = join(stage.scratch, `${key}.parquet`);
  const fetched = await stage.state.download(known.ledger.file, file);
  if (!fetched.ok) return [`${audience.name}: ${fetched.fault.message}`];
  const rows = await readLedger(stage.scratch, file);
  await rm(file);
  const members = new Set(audience.members);
  for (const [id, state] of rows) {
    if (!members.has(id)) problems.push(`${audience.name}: ${id} is ${state} and not in the source`);
    else if (id.startsWith(REFUSED_PREFIX)) {
      // Refusing a new add leaves the doubt of an earlier one whose answer was lost.
      if (state !== 'unsure') problems.push(`${audience.name}: ${id} was refused and is ${state}`);
    } else if (state !== 'held') problems.push(`${audience.name}: ${id} is ${state}`);
  }
  for (const id of members) {
    if (stage.people.knows(id) && !rows.has(id)) problems.push(`${audience.name}: ${id} is missing`);
  }
  return problems;
}

async function readLedger(scratch: string, file: string): Promise<Map<string, string>> {
  const engine = await openEngine({ scratch, memoryLimitMiB: 128, threads: 1 });
  try {
    const rows = await engine.rows(`SELECT id, state FROM ${text(file)}`);
    return new Map(rows.map(({ id, state }) => [String(id), String(state)]));
  } finally {
    engine.close();
  }
}
