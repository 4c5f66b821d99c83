import { emptyState } from '../domain/stream/profile-state';
import { ShardStates } from './shard-states';

const idOf = (n: number) => String(n);
const stateOf = (n: number) => emptyState(idOf(n), n);

/** So many people are changed and committed, in batches, as under load. */
function pass(states: ShardStates, from: number, to: number, batch = 1): void {
  for (let n = from; n < to; n += 1) states.change(batch, stateOf(n));
  states.committed(
    batch,
    Array.from({ length: to - from }, (_, at) => idOf(from + at)),
  );
}

test('whoever is held is still at hand after any number of others were committed', () => {
  const states = new ShardStates();
  pass(states, 0, 10_000);
  // The first is the one that was used the longest ago.
  expect(states.hold([idOf(0), idOf(20_000), idOf(20_001)])).toEqual([idOf(20_000), idOf(20_001)]);
  states.learn([stateOf(20_000)]);
  // Unknown when it was asked for.
  pass(states, 20_001, 20_002, 2);
  pass(states, 30_000, 50_000, 3);
  for (const n of [0, 20_000, 20_001]) expect(states.get(idOf(n))).toEqual(stateOf(n));
  expect(states.hold([idOf(0), idOf(30_000), idOf(49_999)])).toEqual([idOf(30_000)]);
  pass(states, 50_000, 60_000, 4);
  expect(states.get(idOf(20_000))).toBeUndefined();
});

test('those used the longest ago are forgotten, once they are in the database', () => {
  const states = new ShardStates();
  states.change(2, stateOf(1));
  pass(states, 100, 10_100);
  states.learn([stateOf(2)]);
  pass(states, 20_000, 20_010);
  expect(states.get(idOf(1))).toEqual(stateOf(1));
  expect(states.get(idOf(100))).toBeUndefined();
  expect(states.hold([idOf(1), idOf(100), idOf(10_099)])).toEqual([idOf(100)]);
});

test('what is known is newer than what is read', () => {
  const states = new ShardStates();
  const newer = { ...stateOf(1), firstSeenAt: 99 };
  states.change(1, newer);
  states.learn([stateOf(1)]);
  expect(states.get(idOf(1))).toBe(newer);
  states.committed(1, [idOf(1)]);
  states.learn([stateOf(1)]);
  expect(states.get(idOf(1))).toBe(newer);
});
