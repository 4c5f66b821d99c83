import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { createShardStore } from './shard-store';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

test('a renewal that comes behind the hand-back renews nothing', async () => {
  const sql = (text: string) => own.database.run((db) => db.query(text));
  await sql(`INSERT INTO brazier.shard (integration, layout, shard, cursor) VALUES ('shop', 1, 0, 0)`);
  const store = createShardStore(own.database, { integration: 'shop', layout: 1, shard: 0 });
  const begun = await store.begin('somebody', { leaseMs: 10_000, requestTimeoutMs: 1_000 });
  if (!begun.ok) throw new Error(begun.fault.message);
  const { epoch } = begun.value;
  expect(await store.renewLease(epoch, 10_000)).toEqual({ ok: true, value: true });
  expect(await store.handBack(epoch)).toEqual({ ok: true, value: true });
  expect(await store.renewLease(epoch, 10_000)).toEqual({ ok: true, value: false });
  expect(await sql('SELECT owner, lease_until FROM brazier.shard')).toEqual({
    ok: true,
    value: [{ owner: null, lease_until: null }],
  });
});
