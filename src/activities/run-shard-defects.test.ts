import { setTimeout as sleep } from 'node:timers/promises';
import { createShardStore } from '../adapters/postgres/shard-store';
import { callsOf, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';

let world: ShardWorld;
beforeEach(async () => {
  world = await startShardWorld();
  await world.post([{ person: 1 }, { person: 2 }]);
});
afterEach(() => world.close());

const DEFECT = new Error('a defect');
const defect = () => Promise.reject(DEFECT);

/** What a defect must not do: end the process, be passed over, or leave something that goes on. */
async function endsByDefect(more: Parameters<ShardWorld['keep']>[1]): Promise<void> {
  await expect(world.keep(0, more).ended).rejects.toBe(DEFECT);
  const lease = () => world.rows('SELECT epoch::int, lease_until::text FROM brazier.shard');
  const left = await lease();
  await sleep(1_000);
  expect(await lease()).toEqual(left);
}

test('a defect while a commit is written ends the attempt', () =>
  endsByDefect({ storeOf: (key) => ({ ...createShardStore(world.database, key), commit: defect }) }));

test('a defect while a request is under way ends the attempt', () =>
  endsByDefect({
    openBraze: () => Promise.resolve({ ok: true, value: { ...world.door(), send: defect } }),
  }));

test('a defect while the workspace is opened ends the attempt', () => endsByDefect({ openBraze: defect }));

test('a defect while the log is read ends the attempt', () =>
  endsByDefect({ calls: { ...callsOf(), learn: defect } }));
