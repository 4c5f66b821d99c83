import fc from 'fast-check';
import { correctedRow, nextRow, type CorrectionFinding, type LedgerRow } from './ledger';
import { type ChangeOperation, type RecordOutcome } from './vocabulary';

/** What one generation did to one member, and what its verification found of it afterwards. */
interface History {
  change?: { operation: ChangeOperation; outcome: RecordOutcome };
  finding?: CorrectionFinding['finding'];
}

const change = fc.record({
  operation: fc.constantFrom('add' as const, 'remove' as const),
  outcome: fc.constantFrom('accepted' as const, 'rejected' as const, 'unknown' as const, 'unsent' as const),
});
const history: fc.Arbitrary<History> = fc.record(
  { change, finding: fc.constantFrom('notInBraze' as const, 'late' as const) },
  { requiredKeys: [] },
);
const rows: fc.Arbitrary<LedgerRow | undefined> = fc.option(
  fc.record({ state: fc.constantFrom('held' as const, 'unsure' as const), generation: fc.constant(0) }),
  { nil: undefined },
);

function fold(row: LedgerRow | undefined, { change: made }: History, generation: number) {
  return made === undefined ? row : nextRow(row, { ...made, generation });
}

/** Folds generations `from` to `to`, counted from 1. */
function foldAll(row: LedgerRow | undefined, runs: readonly History[], from: number, to = runs.length) {
  let next = row;
  for (let generation = from; generation <= to; generation += 1) {
    next = fold(next, runs[generation - 1] ?? {}, generation);
  }
  return next;
}

/** The ledgers as runs make them when each commits: what verification of earlier ones found, then the run's own changes. */
function ledgersOf(first: LedgerRow | undefined, runs: readonly History[]) {
  let row = first;
  return runs.map((run, index) => {
    const earlier = runs[index - 1];
    if (earlier?.change && earlier.finding && earlier.change.outcome === 'accepted') {
      const { operation } = earlier.change;
      row = correctedRow(row, { operation, finding: earlier.finding, generation: index });
    }
    const recovered = row;
    row = fold(row, run, index + 1);
    return { recovered, committed: row };
  });
}

const runs = fc.array(history, { minLength: 1, maxLength: 6 });

test('folding a series of generations twice is folding it once', () => {
  fc.assert(
    fc.property(rows, runs, (row, series) => {
      const once = foldAll(row, series, 1);
      expect(foldAll(once, series, 1)).toEqual(once);
    }),
    { numRuns: 1_000 },
  );
});

test('a ledger with its own generation and all later ones folded on it is the same, however far it had come', () => {
  fc.assert(
    fc.property(rows, runs, fc.nat(5), (row, series, at) => {
      const index = at % series.length;
      const ledger = ledgersOf(row, series)[index];
      const truth = foldAll(ledger?.recovered, series, index + 1);
      expect(foldAll(ledger?.committed, series, index + 1)).toEqual(truth);
    }),
    { numRuns: 1_000 },
  );
});

test('a generation before the ledger’s own must not be folded on it: its changes have been overtaken', () => {
  const added = { change: { operation: 'add', outcome: 'accepted' } } as const;
  const removed = { change: { operation: 'remove', outcome: 'accepted' } } as const;
  const ledger = foldAll(undefined, [added, removed], 1);
  expect(ledger).toBeUndefined();
  expect(fold(ledger, added, 1)).toEqual({ state: 'held', generation: 1 });
  expect(foldAll(ledger, [added, removed], 2)).toBeUndefined();
  const missing = ledgersOf(undefined, [{ ...added, finding: 'notInBraze' }, {}])[1]?.committed;
  expect(missing).toBeUndefined();
  expect(foldAll(missing, [added, {}], 2)).toBeUndefined();
  expect(foldAll(missing, [added, {}], 1)).toEqual({ state: 'held', generation: 1 });
});

test('better answers that arrive between two folds never lose a member that may hold the value', () => {
  const ranks = ['unsent', 'unknown', 'rejected', 'accepted'] as const;
  const both = fc.tuple(fc.nat(3), fc.nat(3)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(rows, fc.constantFrom('add' as const, 'remove' as const), both, (row, operation, pair) => {
      const [before, after] = pair.map((rank) => ranks[rank] ?? 'unsent');
      if (before === undefined || after === undefined) throw new Error('two outcomes');
      const direct = nextRow(row, { operation, outcome: after, generation: 1 });
      const twice = nextRow(nextRow(row, { operation, outcome: before, generation: 1 }), {
        operation,
        outcome: after,
        generation: 1,
      });
      if (direct !== undefined) expect(twice).toBeDefined();
      if (after === 'accepted') expect(twice).toEqual(direct);
    }),
  );
});
