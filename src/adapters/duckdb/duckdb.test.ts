import { createDuckDb, DuckDbProcessError } from './duckdb';
import { query, useDuckDb } from './duckdb.test-support';
import { text } from './engine';

const { duckdb, file, folder } = useDuckDb();

describe('the process', () => {
  test('dies with the signal', async () => {
    await query(
      `COPY (SELECT range AS id FROM range(3000000)) TO ${text(file('source.parquet'))} (FORMAT parquet)`,
    );
    const cancel = new AbortController();
    const files = [{ path: file('source.parquet'), name: 'source', compression: 'none' as const }];
    const job = {
      kind: 'freeze',
      scratch: folder(),
      files,
      format: 'parquet',
      idColumn: 'id',
      identifier: 'external_id',
    } as const;
    const io = { csv: { delimiter: ',', quote: '"', escape: '"' }, snapshot: file('s'), rejected: file('r') };
    const running = duckdb.run({ ...job, ...io }, cancel.signal);
    cancel.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('too little memory or a missing entry is its own failure, not the data’s', async () => {
    const lost = createDuckDb({ childEntry: file('nowhere.js') });
    const correct = { kind: 'correct' as const, scratch: folder(), corrections: [], output: file('x') };
    await expect(lost.run(correct)).rejects.toBeInstanceOf(DuckDbProcessError);
  });
});
