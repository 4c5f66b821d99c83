import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../src/adapters/postgres/database';
import { lockIntake } from '../../src/adapters/postgres/intake-lock';
import { appendControl } from '../../src/adapters/postgres/log-append';
import { makeStream } from '../../src/adapters/postgres/make-stream';
import { createRegistry } from '../../src/adapters/postgres/registry';
import { streamWorkflowId, shardWorkflowId } from '../../src/contract/names';
import { type StreamLayouts } from '../../src/contract/stream';
import { bucketOf, shardOfBucket } from '../../src/domain/stream/sharding';
import { createStreamStarter } from '../../src/activities/stream-start';
import { setUp, startTestStack } from './test-stack';

const SHOP = 'shop';

test('events reach Braze through a worker, before and after the stream is divided anew', async () => {
  const test = await startTestStack({ gateway: false, sandbox: { recordOrder: true } });
  const opened = openDatabase({
    url: test.stack.env['BRAZIER_DEV_DATABASE_URL'] ?? '',
    applicationName: 'stream test',
  });
  if (!opened.ok) throw new Error(opened.fault.message);
  const database = opened.value;
  try {
    await setUp(test, SHOP);
    const saved = await createRegistry(database).saveExternalApi({
      name: 'note',
      channel: 'profile',
      endpoint: 'users.track',
      payload: { attributes: [{ external_id: '{{id}}', last_step: '{{step}}' }] },
      parameters: {
        id: { type: 'string', required: true, perEngagement: false },
        step: { type: 'number', required: true, perEngagement: false },
      },
    });
    expect(saved).toMatchObject({ ok: true });
    const parameters = { id: { userField: 'externalId' }, step: { eventField: 'properties.n' } };
    const pin = { externalApi: 'note', version: 1, parameters };
    const activated = await database.transaction(async (db) => {
      await lockIntake(db, SHOP);
      await makeStream(db, SHOP, 2);
      return appendControl(db, SHOP, {
        engagement: 'odds',
        change: 'activate',
        revision: 1,
        definition: {
          integration: SHOP,
          name: 'odds',
          state: 'active',
          segment: { name: 'odd', version: 1, condition: { field: 'events.step.last.odd', equals: true } },
          action: pin,
          exitAction: pin,
          frequency: 'everyTime',
          includeCurrent: false,
          onUnknown: 'resend',
          onResume: 'skip',
        },
      });
    });
    expect(activated).toMatchObject({ ok: true });
    await createStreamStarter(test.temporal)(SHOP);
    for (let n = 1; n <= 20; n += 1) {
      await append(n, n <= 10 ? { layout: 1, shards: 2 } : { layout: 2, shards: 3 });
      if (n !== 10) continue;
      const divided = await test.temporal.workflow
        .getHandle(streamWorkflowId(SHOP))
        .executeUpdate<StreamLayouts, [{ shards: number }]>('setShards', { args: [{ shards: 3 }] });
      expect(divided).toMatchObject({ layout: 2, shards: 3 });
    }
    for (;;) {
      const found = await database.run((db) =>
        db.query<{ n: number }>("SELECT count(*)::int AS n FROM brazier.call WHERE state = 'delivered'"),
      );
      if (found.ok && found.value[0]?.n === 1_000) break;
      await sleep(100);
    }
    const orders = [...test.stack.sandbox.workspace.order.all()];
    expect(orders).toHaveLength(50);
    for (const { writes } of orders)
      expect(writes.map(({ object }) => object['last_step'])).toEqual(
        Array.from({ length: 20 }, (_, at) => at + 1),
      );
    const drained = test.temporal.workflow.getHandle(shardWorkflowId(SHOP, 1, 0));
    expect(await drained.result()).toMatchObject({ isDrained: true });
  } finally {
    await database.close();
    await test.close();
  }

  /** The nth event of each of fifty people. */
  async function append(n: number, { layout, shards }: { layout: number; shards: number }): Promise<void> {
    const done = await database.transaction(async (db) => {
      await lockIntake(db, SHOP);
      for (let person = 1; person <= 50; person += 1) {
        const at = Date.now() + person / 1_000;
        const entry = {
          id: `${person}-${n}`,
          name: 'step',
          at,
          identifiers: { externalId: `p${person}` },
          properties: { n, odd: n % 2 === 1 },
          traits: {},
        };
        await db.execute(
          `WITH head AS (UPDATE brazier.shard_head SET last_seq = last_seq + 1
             WHERE integration = $1 AND layout = $2 AND shard = $3 RETURNING last_seq)
           INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, profile_id, source, event_id, entry)
           SELECT $1, $2, $3, last_seq, 'event', $4, 'test', $5, $6 FROM head`,
          [
            SHOP,
            layout,
            shardOfBucket(bucketOf(String(person)), shards),
            person,
            entry.id,
            JSON.stringify(entry),
          ],
        );
      }
    });
    expect(done).toMatchObject({ ok: true });
  }
});
