import { stat } from 'node:fs/promises';
import { type ChangeOperation } from '../../contract/objects';
import { text, type Engine } from './engine';
import { type PlanInput } from './jobs';

/** Loads an exceptions file as table `stretches`. */
export async function loadStretches(engine: Engine, file: string): Promise<void> {
  await engine.run(
    'CREATE TEMP TABLE stretches (operation VARCHAR, first BIGINT, last BIGINT, outcome VARCHAR, reason VARCHAR)',
  );
  if ((await stat(file)).size === 0) return;
  await engine.run(
    `INSERT INTO stretches SELECT * FROM read_json(${text(file)}, format = 'newline_delimited', auto_detect = false,
      columns = {operation: 'VARCHAR', first: 'BIGINT', last: 'BIGINT', outcome: 'VARCHAR', reason: 'VARCHAR'})`,
  );
}

/** A query of `id`, `operation`, `outcome`, `row`, `reason` for every member of a plan; accepted unless a stretch says otherwise. */
export function outcomesQuery(plan: PlanInput): string {
  const parts = (['add', 'remove'] as const).flatMap((operation) => {
    const file = plan[operation];
    return file === undefined ? [] : [operationQuery(operation, file)];
  });
  return parts.length === 0 ? EMPTY : parts.join(' UNION ALL ');
}

const EMPTY = `SELECT ''::VARCHAR AS id, '' AS operation, 0::BIGINT AS row, '' AS outcome, '' AS reason WHERE false`;

function operationQuery(operation: ChangeOperation, file: string): string {
  return `SELECT p.id, '${operation}' AS operation, p.file_row_number AS row,
    coalesce(e.outcome, 'accepted') AS outcome, e.reason
    FROM read_parquet(${text(file)}, file_row_number = true) p
    LEFT JOIN (SELECT unnest(range(first, last + 1)) AS row, outcome, reason
      FROM stretches WHERE operation = '${operation}') e ON p.file_row_number = e.row`;
}
