import { setTimeout as sleep } from 'node:timers/promises';
import { createShardStore } from '../adapters/postgres/shard-store';
import { engagement, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';
import { type RunShardPorts } from './run-shard';

const closing: (() => unknown)[] = [];
let setBackMs = 0;
beforeEach(() => {
  setBackMs = 0;
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() - setBackMs);
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of closing.splice(0).reverse()) await close();
});

const PATIENCE_MS = 8_000;

/** As somebody does who puts a wrong clock right; for longer than these tests have patience. */
function setClockBack(): void {
  setBackMs = 30_000;
}

async function start(definition = engagement('send')): Promise<ShardWorld> {
  const world = await startShardWorld({ engagement: definition });
  closing.push(() => world.close());
  return world;
}

/** Whether so many calls are delivered before patience ends. */
async function delivers(world: ShardWorld, count: number): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const rows = await world.rows(`SELECT 1 FROM brazier.call WHERE state = 'delivered'`);
    if (rows.length >= count) return true;
    await sleep(50);
  }
  return false;
}

test('a wall clock that is set back while the log is read does not keep what comes next waiting', async () => {
  const world = await start();
  let hasRead = false;
  const storeOf: RunShardPorts['storeOf'] = (key) => {
    const real = createShardStore(world.database, key);
    return {
      ...real,
      async readLog(...place) {
        const read = await real.readLog(...place);
        if (read.ok && read.value.length > 0 && !hasRead) {
          hasRead = true;
          setClockBack();
        }
        return read;
      },
    };
  };
  const keeping = world.keep(0, { storeOf });
  await world.post([{ person: 1 }]);
  expect(await delivers(world, 1)).toBe(true);
  await world.post([{ person: 2 }]);
  expect(await delivers(world, 2)).toBe(true);
  await keeping.end();
});

test('a wall clock that is set back while Braze is slow does not keep what comes next from being written', async () => {
  const world = await start();
  const door = world.door();
  let answer: () => void = () => undefined;
  const answers = new Promise<void>((resolve) => (answer = resolve));
  const send: typeof door.send = async (endpoint, body) => {
    if (JSON.stringify(body).includes('p1')) {
      setClockBack();
      await answers;
    }
    return door.send(endpoint, body);
  };
  const keeping = world.keep(0, {
    openBraze: () => Promise.resolve({ ok: true, value: { ...door, send } }),
  });
  // Until a commit was written, nothing goes before its own.
  await world.post([{ person: 3 }]);
  expect(await delivers(world, 1)).toBe(true);
  await world.post([{ person: 1 }]);
  await sleep(200);
  await world.post([{ person: 2 }]);
  expect(await delivers(world, 2)).toBe(true);
  answer();
  expect(await delivers(world, 3)).toBe(true);
  await keeping.end();
});

test('a wall clock that is set back does not keep clocks from striking that are due by it', async () => {
  const condition = { event: 'step', atLeast: 1, withinMinutes: 1 };
  const world = await start(engagement('lately', { segment: { name: 'lately', version: 1, condition } }));
  const keeping = world.keep(0);
  await world.post([{ person: 1 }]);
  expect(await delivers(world, 1)).toBe(true);
  setClockBack();
  await world.post([{ person: 2, capturedAtMs: Date.now() - 600_000 }]);
  // The entry, and the exit that was due nine minutes ago.
  expect(await delivers(world, 3)).toBe(true);
  await keeping.end();
});
