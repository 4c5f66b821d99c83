import { mergePeople } from '../../test/stream/merge-people';
import { type Deaths, mortal } from '../../test/stream/mortal';
import {
  callsOf,
  engagement,
  numbersByPerson,
  type PostedEvent,
  SHOP,
  startShardWorld,
  type ShardWorld,
} from '../../test/stream/shard-world';
import { redrive } from '../adapters/postgres/redrive';
import { type ShardCommit } from '../domain/stream/shard-work';
import { type CallFactory } from './shard-stay';

const TIMEOUT_MS = 500;
const ANONYMOUS = { anonymousId: 'cookie' };
const NAMED = { externalId: 'p1', anonymousId: 'cookie' };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Calls of the number of the event that made the person enter; who has no external id cannot be named. */
function namingCalls(shape: 'attributes' | 'events'): CallFactory {
  const calls = callsOf(shape);
  return {
    ...calls,
    make: (call) =>
      call.state.identifiers.externalId === undefined
        ? { ok: false, reason: 'PARAMETER_MISSING: id has no value' }
        : calls.make(call),
  };
}

/** Who has had three events is inside, and is sent once. */
async function start(): Promise<ShardWorld> {
  const world = await startShardWorld({
    engagement: engagement('odds', {
      segment: { name: 'third', version: 1, condition: { event: 'step', atLeast: 3 } },
      action: { externalApi: 'note', version: 1, parameters: { n: { eventField: 'properties.n' } } },
      exitAction: undefined,
      frequency: 'once',
      onUnknown: 'hold',
    }),
  });
  closing.push(() => world.close());
  return world;
}

const step = (person: number, identifiers: PostedEvent['identifiers']): PostedEvent => ({
  person,
  name: 'step',
  identifiers,
});
const third = [1, 2, 3].map(() => step(1, ANONYMOUS));

async function keepUntilSettled(world: ShardWorld, calls: CallFactory): Promise<void> {
  const keeping = world.keep(0, { calls, timeoutMs: TIMEOUT_MS });
  await world.settled();
  await keeping.end();
}

async function membership(world: ShardWorld, person: number): Promise<unknown> {
  const [row] = await world.rows(
    "SELECT state->'memberships'->'odds' AS membership FROM brazier.profile_state WHERE profile_id = $1",
    [person],
  );
  return row?.['membership'];
}

const callStates = (world: ShardWorld) =>
  world.rows('SELECT state, reason, attempts FROM brazier.call ORDER BY id');

const UNMADE = { state: 'refused', reason: 'PARAMETER_MISSING: id has no value', attempts: 0 };
const COUNTS = 'SELECT entered::int, sent::int, accepted::int, refused::int FROM brazier.engagement_count';

test('who enters without a name is sent once, when there is one, with what made the person enter', async () => {
  const world = await start();
  const calls = namingCalls('events');
  await world.post(third);
  await keepUntilSettled(world, calls);
  expect(await membership(world, 1)).toMatchObject({ inside: true, entries: 1, sent: 0, owed: { kinds: 1 } });
  expect(await callStates(world)).toEqual([UNMADE]);

  await world.post([step(1, { email: 'ada@example.com' }), step(1, NAMED), step(1, NAMED)]);
  await keepUntilSettled(world, calls);
  expect(numbersByPerson(world).get('p1')).toEqual([3]);
  const after = await membership(world, 1);
  expect(after).toMatchObject({ inside: true, entries: 1, sent: 1 });
  expect(after).not.toHaveProperty('owed');
  expect(await callStates(world)).toEqual([UNMADE, { state: 'delivered', reason: null, attempts: 1 }]);
  expect(await world.rows(COUNTS)).toEqual([{ entered: 1, sent: 1, accepted: 1, refused: 1 }]);
  expect(await world.rows('SELECT no_call FROM brazier.stream_count')).toEqual([
    { no_call: { notInSegment: 2, alreadyInside: 2 } },
  ]);

  // What was never made cannot be sent later either.
  expect(await redrive(world.database, { integration: SHOP }, 'Ada')).toMatchObject({
    value: { calls: 0, events: 0 },
  });
  await keepUntilSettled(world, calls);
  expect(numbersByPerson(world).get('p1')).toEqual([3]);
});

test('a merge gives the name', async () => {
  const world = await start();
  const calls = namingCalls('attributes');
  await world.post([...third, { person: 2, name: 'visit' }]);
  await keepUntilSettled(world, calls);
  await mergePeople(world, 2, 1);
  await world.post([step(2, undefined)]);
  await keepUntilSettled(world, calls);
  expect(numbersByPerson(world).get('p2')).toEqual([3]);
  expect(await membership(world, 2)).toMatchObject({ inside: true, entries: 1, sent: 1 });
});

const hasOwed = ({ calls }: ShardCommit) => calls.some(({ state }) => state === 'planned');
const deaths: [string, Deaths][] = [
  ['before its commit', { beforeCommit: hasOwed }],
  ['after its commit', { afterCommit: hasOwed }],
];

describe.each(deaths)('a crash %s', (_when, moments) => {
  test.each(['attributes', 'events'] as const)('does not send the owed entry twice (%s)', async (shape) => {
    const world = await start();
    const calls = namingCalls(shape);
    await world.post([...third, step(1, NAMED), step(1, NAMED)]);
    const first = mortal(world, moments, TIMEOUT_MS);
    const { storeOf, openBraze } = first;
    const dying = world.keep(0, { calls, storeOf, openBraze, timeoutMs: TIMEOUT_MS });
    await first.died;
    const next = world.keep(0, { calls, timeoutMs: TIMEOUT_MS });
    await world.settled();
    first.bury();
    await dying.end();
    await next.end();
    expect(numbersByPerson(world).get('p1')).toEqual([3]);
    expect(await membership(world, 1)).toMatchObject({ inside: true, entries: 1, sent: 1 });
    expect(await world.rows(COUNTS)).toMatchObject([{ entered: 1, accepted: 1, refused: 1 }]);
  });
});
