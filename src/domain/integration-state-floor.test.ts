import fc from 'fast-check';
import {
  beginRun,
  commitLedger,
  holds,
  type AudienceState,
  type BeginRequest,
  type CommitRequest,
} from './integration-state';

type Audiences = Record<string, AudienceState>;

const KEY = 'vip';

function request(token: string, floor?: number, dryRun = false): BeginRequest {
  const parent = { workflowId: `w-${token}`, runId: `r-${token}` };
  const audience = { key: KEY, audience: 'VIP', attribute: 'lexer_audience', valueLimit: 2 };
  return { ...audience, identifier: 'external_id', token, parent, dryRun, floor };
}

function begin(audiences: Audiences, ask: BeginRequest) {
  const answer = beginRun(audiences, ask);
  if (!answer.ok) throw new Error(`refused: ${answer.message}`);
  return answer;
}

function commitOf(generation: number, closes: number[], made = generation): CommitRequest {
  const object = { key: `ledger/g${made}`, bytes: 1, sha256: 'f' };
  const ledger = { generation: made, file: object, manifest: object, members: 5, unsure: 0 };
  return { key: KEY, generation, ledger, closes };
}

test('a new state counts on after the highest generation that the bucket has seen, and says that it forgot', () => {
  const audiences: Audiences = {};
  const first = begin(audiences, request('t1', 7));
  expect(first).toEqual({ ok: true, generation: 8, open: [], forgotten: 7 });
  expect(begin(audiences, request('t1', 7))).toEqual(first);
  expect(begin(audiences, request('t1', 8))).toEqual(first);
});

test('without a floor, or with one that it knows, nothing is forgotten', () => {
  const audiences: Audiences = {};
  expect(begin(audiences, request('t1'))).toMatchObject({ generation: 1, forgotten: undefined });
  expect(begin(audiences, request('t2', 1))).toMatchObject({ generation: 2, forgotten: undefined });
  expect(begin(audiences, request('t3', 1))).toMatchObject({ generation: 3, forgotten: undefined });
});

test('it stays forgotten through broken and dry runs, until a ledger is committed', () => {
  const audiences: Audiences = {};
  begin(audiences, request('t1', 7));
  expect(begin(audiences, request('t2', 8, true))).toMatchObject({ generation: 9, forgotten: 7 });
  expect(begin(audiences, request('t3', 9))).toMatchObject({ generation: 10, forgotten: 7, open: [8] });
  commitLedger(audiences, commitOf(10, [6, 7, 8]));
  expect(begin(audiences, request('t4', 10))).toEqual({
    ok: true,
    generation: 11,
    ledger: commitOf(10, []).ledger,
    open: [10],
  });
});

test('a state that was set back drops the open runs that the first ledger has taken in', () => {
  const audiences: Audiences = {};
  begin(audiences, request('t1'));
  commitLedger(audiences, commitOf(1, [1]));
  begin(audiences, request('t2', 1));
  expect(begin(audiences, request('t3', 5))).toMatchObject({ generation: 6, forgotten: 5, open: [2] });
  commitLedger(audiences, commitOf(6, [4, 5], 4));
  expect(audiences[KEY]?.open.map(({ generation }) => generation)).toEqual([6]);
});

test('a late repetition of an old commit does not end the forgetting', () => {
  const audiences: Audiences = {};
  begin(audiences, request('t1'));
  commitLedger(audiences, commitOf(1, [1]));
  begin(audiences, request('t2', 5));
  commitLedger(audiences, commitOf(1, [1]));
  expect(begin(audiences, request('t2', 6))).toMatchObject({ generation: 6, forgotten: 5 });
});

type Step =
  | { do: 'begin'; token: number; dryRun: boolean }
  | { do: 'commit' }
  | { do: 'lose' }
  | { do: 'keep' }
  | { do: 'restore' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('begin'), token: fc.nat(30), dryRun: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('commit') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('lose', 'keep', 'restore') }) },
);

/** An entity that is lost or set back at any moment, beside a bucket that never is. */
class Deployment {
  private audiences: Audiences = {};
  private kept: Audiences = {};
  /** Marks in the bucket, with the token that each generation was given to. */
  readonly marks = new Map<number, string>();
  /** The newest ledger that was ever committed. */
  private newest = 0;

  take(taken: Step): void {
    switch (taken.do) {
      case 'begin':
        this.begin(String(taken.token), taken.dryRun);
        return;
      case 'commit':
        this.commit();
        return;
      case 'lose':
        this.audiences = {};
        return;
      case 'keep':
        this.kept = structuredClone(this.audiences);
        return;
      case 'restore':
        this.audiences = structuredClone(this.kept);
        return;
    }
  }

  private begin(token: string, dryRun: boolean): void {
    const floor = Math.max(0, ...this.marks.keys());
    const asked = this.audiences[KEY]?.beginToken === token;
    const answer = begin(this.audiences, request(token, floor, dryRun));
    if (!asked) {
      expect(answer.generation).toBeGreaterThan(floor);
      expect(this.marks.has(answer.generation)).toBe(false);
    }
    expect(begin(this.audiences, request(token, answer.generation, dryRun))).toEqual(answer);
    // A new run that is not told to look into the bucket is told of the newest ledger, or of the run that made it.
    if (!asked && answer.forgotten === undefined) {
      expect([answer.ledger?.generation ?? 0, ...answer.open]).toContain(this.newest);
    }
    this.marks.set(answer.generation, token);
  }

  private commit(): void {
    const generation = this.audiences[KEY]?.generation ?? 0;
    if (!this.marks.has(generation) || !holds(this.audiences, KEY, generation)) return;
    const { forgotten, open = [] } = this.audiences[KEY] ?? {};
    const told = forgotten === undefined ? open.map((run) => run.generation) : [generation];
    commitLedger(this.audiences, commitOf(generation, told));
    expect(this.audiences[KEY]?.forgotten).toBeUndefined();
    expect(this.audiences[KEY]?.open).toEqual([]);
    this.newest = generation;
  }
}

test('whenever the state is lost or set back: no generation is used twice, and no ledger is overlooked', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (script) => {
      const deployment = new Deployment();
      for (const taken of script) deployment.take(taken);
    }),
    { numRuns: 1_000 },
  );
});
