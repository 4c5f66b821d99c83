import { type Deaths, mortal } from '../../test/stream/mortal';
import {
  callsOf,
  engagement,
  numbersByPerson,
  startShardWorld,
  type ShardWorld,
} from '../../test/stream/shard-world';

const PEOPLE = 60;
const EVENTS = 4;
const TIMEOUT_MS = 500;
const ALL = [1, 2, 3, 4];

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A keeper dies at the moment, another takes over, and everything is worked off. */
async function crash(
  shape: 'attributes' | 'events',
  onUnknown: 'hold' | 'resend',
  deaths: Deaths,
): Promise<ShardWorld> {
  const world = await startShardWorld({ engagement: engagement('odds', { onUnknown }) });
  closing.push(() => world.close());
  const calls = callsOf(shape);
  const rounds = Array.from({ length: PEOPLE * EVENTS }, (_, at) => ({ person: (at % PEOPLE) + 1 }));
  await world.post(rounds);
  const first = mortal(world, deaths, TIMEOUT_MS);
  const { storeOf, openBraze } = first;
  const dying = world.keep(0, { calls, storeOf, openBraze, timeoutMs: TIMEOUT_MS });
  await first.died;
  const next = world.keep(0, { calls, timeoutMs: TIMEOUT_MS });
  await world.settled();
  const before = await written(world);
  // Its own end is the only thing that the dead one hears of now.
  first.bury();
  await dying.end();
  expect(await written(world)).toEqual(before);
  await next.end();
  return world;
}

async function written(world: ShardWorld): Promise<unknown[]> {
  return [
    ...(await world.rows('SELECT cursor::int, epoch::int FROM brazier.shard')),
    ...(await world.rows('SELECT state, count(*)::int AS n FROM brazier.call GROUP BY 1 ORDER BY 1')),
    ...(await world.rows(
      `SELECT entered::int, exits::int, accepted::int, refused::int, unknown::int FROM brazier.engagement_count`,
    )),
  ];
}

async function unknownCalls(world: ShardWorld): Promise<number> {
  const found = await world.rows("SELECT id::text FROM brazier.call WHERE state = 'unknown'");
  return found.length;
}

const delivered = { entered: 120, exits: 120, accepted: PEOPLE * EVENTS, refused: 0, unknown: 0 };

/** Everything came, nothing after something later; how many came again. */
function repetitions(world: ShardWorld): number {
  let repeated = 0;
  const found = numbersByPerson(world);
  expect(found.size).toBe(PEOPLE);
  for (const numbers of found.values()) {
    expect(numbers).toEqual([...numbers].sort());
    expect([...new Set(numbers)]).toEqual(ALL);
    repeated += numbers.length - EVENTS;
  }
  return repeated;
}

const hasCalls = { beforeCommit: ({ calls }: { calls: unknown[] }) => calls.length > 0 };

describe('calls that may be repeated', () => {
  it('are sent again after a crash between the sending and the commit, in order', async () => {
    const world = await crash('attributes', 'resend', hasCalls);
    expect(repetitions(world)).toBeGreaterThan(0);
    expect(await written(world)).toContainEqual(delivered);
  });

  it('are sent by the next owner after a crash before the first answer', async () => {
    const world = await crash('attributes', 'resend', { afterAnswer: () => true });
    repetitions(world);
    expect(await written(world)).toContainEqual(delivered);
  });

  it('are counted once where a commit was written and its owner did not learn of it', async () => {
    const world = await crash('attributes', 'resend', { afterCommit: ({ calls }) => calls.length > 0 });
    repetitions(world);
    expect(await written(world)).toContainEqual(delivered);
  });
});

describe('calls that must not be repeated', () => {
  it('are all sent once after a crash between the commit and the sending', async () => {
    const world = await crash('events', 'hold', { beforeMark: () => true });
    expect(repetitions(world)).toBe(0);
    expect(await written(world)).toContainEqual(delivered);
  });

  it('are unknown after a crash between the mark and the sending, and are not sent', async () => {
    const world = await crash('events', 'hold', { afterMark: () => true });
    const unknown = await unknownCalls(world);
    expect(unknown).toBeGreaterThan(0);
    const met = [...numbersByPerson(world).values()].flat();
    expect(met).toHaveLength(PEOPLE * EVENTS - unknown);
    expect(await written(world)).toContainEqual({
      ...delivered,
      accepted: delivered.accepted - unknown,
      unknown,
    });
  });

  it('are unknown after a crash between the sending and the commit, and are not sent again', async () => {
    const world = await crash('events', 'hold', { beforeCommit: ({ updates }) => updates.length > 0 });
    const unknown = await unknownCalls(world);
    expect(unknown).toBeGreaterThan(0);
    expect(repetitions(world)).toBe(0);
  });

  it('are sent again where somebody has decided so', async () => {
    const world = await crash('events', 'resend', { beforeCommit: ({ updates }) => updates.length > 0 });
    expect(repetitions(world)).toBeGreaterThan(0);
    expect(await written(world)).toContainEqual(delivered);
  });
});

describe('an answer that is lost', () => {
  const lose = (world: ShardWorld) =>
    world.braze.workspace.faults.add({
      match: { next: 1 },
      fault: { kind: 'timeoutAfterApply', holdMs: 100 },
    });
  const send = async (shape: 'attributes' | 'events', onUnknown: 'hold' | 'resend') => {
    const world = await startShardWorld({ engagement: engagement('odds', { onUnknown }) });
    closing.push(() => world.close());
    lose(world);
    await world.post(Array.from({ length: 20 }, (_, at) => ({ person: (at % 10) + 1 })));
    const keeping = world.keep(0, { calls: callsOf(shape), timeoutMs: TIMEOUT_MS });
    await world.settled();
    return { world, progress: await keeping.end() };
  };

  it('leaves a call that must not be repeated unknown', async () => {
    const { world, progress } = await send('events', 'hold');
    expect(progress.unknown).toBeGreaterThan(0);
    expect(progress.delivered + progress.unknown).toBe(20);
    for (const numbers of numbersByPerson(world).values()) expect(numbers).toEqual([1, 2]);
  });

  it('has attributes sent again before the person’s next ones', async () => {
    const { world, progress } = await send('attributes', 'hold');
    expect(progress).toMatchObject({ delivered: 20, unknown: 0 });
    const found = [...numbersByPerson(world).values()];
    for (const numbers of found) expect([...new Set(numbers)]).toEqual([1, 2]);
    for (const numbers of found) expect(numbers).toEqual([...numbers].sort());
    expect(found.flat().length).toBeGreaterThan(20);
  });
});
