import { setTimeout as sleep } from 'node:timers/promises';
import { engagement, SHOP } from '../../test/stream/shard-world';
import { shardWorlds } from '../../test/stream/shard-worlds';
import { alsoTriggers } from '../../test/stream/also-triggers';
import { redrive } from '../adapters/postgres/redrive';
import { type CallEndpoint } from '../domain/stream/vocabulary';
import { type RunShardPorts } from './run-shard';

const open = shardWorlds();

/** More than are looked at in one go, beside those that are tried at once. */
const HELD = 700;

test('calls put back on their way to an endpoint that takes none hide no others', async () => {
  const world = await open({ engagement: engagement('odds', { onUnknown: 'resend' }) });
  const calls = await alsoTriggers(world);
  let statusOf: (endpoint: CallEndpoint) => number = () => 400;
  const door = world.door();
  const openBraze: RunShardPorts['openBraze'] = () =>
    Promise.resolve({
      ok: true,
      value: {
        ...door,
        send: (endpoint) =>
          Promise.resolve({
            kind: 'answer',
            status: statusOf(endpoint),
            headers: {},
            body: '{"message":"success"}',
          }),
      },
    });
  const first = world.keep(0, { calls, openBraze });
  await world.post(Array.from({ length: HELD }, (_, at) => ({ person: 1_000 + at, name: 'c' })));
  while (first.progress().refused < HELD) await sleep(20);
  await world.post([{ person: 1 }]);
  while (first.progress().refused < HELD + 1) await sleep(20);
  await first.end();
  const put = await redrive(world.database, { integration: SHOP, until: new Date() }, 'Ada');
  expect(put).toMatchObject({ ok: true, value: { calls: HELD + 1 } });
  statusOf = (endpoint) => (endpoint === 'users.track' ? 201 : 403);
  const keeping = world.keep(0, { calls, openBraze });
  while (keeping.progress().delivered === 0) await sleep(50);
  expect(await keeping.end()).toMatchObject({ delivered: 1, refused: 0 });
});
