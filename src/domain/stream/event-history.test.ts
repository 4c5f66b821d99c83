import fc from 'fast-check';
import { addToHistory, mergeHistories } from './event-history';
import { type EventHistory } from './vocabulary';

const momentsArbitrary = fc.array(fc.nat(500), { minLength: 1, maxLength: 160 });

function historyOf(moments: readonly number[]): EventHistory {
  const [first = 0, ...others] = moments;
  return others.reduce(
    (history, at) => addToHistory(history, at, { at }),
    addToHistory(undefined, first, { at: first }),
  );
}

const ascending = (moments: readonly number[]) => moments.toSorted((a, b) => a - b);

test('a history is the same in whatever order its events arrive', () => {
  fc.assert(
    fc.property(momentsArbitrary, (moments) => {
      const sorted = ascending(moments);
      expect(historyOf(moments)).toEqual({
        count: moments.length,
        firstAt: sorted[0],
        lastAt: sorted.at(-1),
        recent: sorted.slice(-100),
        last: { at: sorted.at(-1) },
      });
    }),
  );
});

test('of two events at the same moment the one that was captured later is the last', () => {
  expect(addToHistory(addToHistory(undefined, 5, { n: 1 }), 5, { n: 2 }).last).toEqual({ n: 2 });
});

test('two histories are one as if everything had happened under one', () => {
  fc.assert(
    fc.property(momentsArbitrary, momentsArbitrary, (mine, others) => {
      const merged = mergeHistories(historyOf(mine), historyOf(others));
      expect(merged).toEqual(historyOf([...others, ...mine]));
      expect(merged).toEqual(mergeHistories(historyOf(others), historyOf(mine)));
    }),
  );
});
