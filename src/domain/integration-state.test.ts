import fc from 'fast-check';
import {
  beginRun,
  commitLedger,
  endRun,
  holds,
  holdsSlot,
  mayCommit,
  type AudienceState,
  type BeginRequest,
  type CommitRequest,
} from './integration-state';
import { type LedgerReference } from './vocabulary';

type Audiences = Record<string, AudienceState>;

const LIMIT = 2;
const NAMES = ['VIP', 'New', 'Lapsed'];
const KINDS = ['external_id', 'email'] as const;

function request(
  audience: string,
  identifier: 'external_id' | 'email',
  token: string,
  dryRun = false,
): BeginRequest {
  return {
    key: `${audience}/${identifier}`,
    audience,
    attribute: 'lexer_audience',
    identifier,
    valueLimit: LIMIT,
    token,
    parent: { workflowId: `w-${token}`, runId: `r-${token}` },
    dryRun,
  };
}

function ledgerOf(generation: number, members: number): LedgerReference {
  const object = { key: `ledger/g${generation}-${members}`, bytes: 1, sha256: 'f' };
  return { generation, file: object, manifest: object, members, unsure: 0 };
}

function commitOf(key: string, generation: number, members: number, closes = [generation]): CommitRequest {
  return { key, generation, ledger: ledgerOf(generation, members), closes };
}

/** Begins and expects it to be taken. */
function begin(audiences: Audiences, ask: BeginRequest) {
  const answer = beginRun(audiences, ask);
  if (!answer.ok) throw new Error(`refused: ${answer.message}`);
  return answer;
}

describe('beginning a run', () => {
  test('raises the generation, and a begin that is asked twice counts once', () => {
    const audiences: Audiences = {};
    const first = begin(audiences, request('VIP', 'external_id', 't1'));
    expect(first).toEqual({ ok: true, generation: 1, ledger: undefined, open: [], waiting: undefined });
    expect(begin(audiences, request('VIP', 'external_id', 't1'))).toEqual(first);
    expect(audiences['VIP/external_id']?.open).toEqual([
      { workflowId: 'w-t1', runId: 'r-t1', generation: 1 },
    ]);
    expect(begin(audiences, request('VIP', 'external_id', 't2'))).toMatchObject({ generation: 2, open: [1] });
  });

  test('names the ledger to start from and the run that may still wait for its confirmation', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    commitLedger(audiences, commitOf('VIP/external_id', 1, 5));
    expect(begin(audiences, request('VIP', 'external_id', 't2'))).toEqual({
      ok: true,
      generation: 2,
      ledger: ledgerOf(1, 5),
      open: [],
      waiting: { workflowId: 'w-t1', runId: 'r-t1', generation: 1 },
    });
  });

  test('as a dry run takes no slot and is never recovered', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1', true));
    begin(audiences, request('New', 'external_id', 't2'));
    begin(audiences, request('Lapsed', 'external_id', 't3'));
    expect(holds(audiences, 'VIP/external_id', 1)).toBe(false);
    const answer = begin(
      { 'VIP/external_id': audiences['VIP/external_id']! },
      request('VIP', 'external_id', 't4'),
    );
    expect(answer).toMatchObject({ generation: 2, open: [] });
  });

  test('is refused when the attribute is full, and counts other attributes apart', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    begin(audiences, request('New', 'external_id', 't2'));
    expect(beginRun(audiences, request('Lapsed', 'external_id', 't3'))).toEqual({
      ok: false,
      code: 'ATTRIBUTE_VALUE_LIMIT',
      message: 'lexer_audience already holds 2 audience values and can hold 2',
    });
    expect(audiences).not.toHaveProperty(['Lapsed/external_id']);
    const elsewhere = { ...request('Lapsed', 'external_id', 't4'), attribute: 'crm', key: 'other' };
    expect(beginRun(audiences, elsewhere).ok).toBe(true);
    expect(beginRun(audiences, request('VIP', 'external_id', 't5')).ok).toBe(true);
  });

  test('is refused while the same value belongs to another identifier kind', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    expect(beginRun(audiences, request('VIP', 'email', 't2'))).toEqual({
      ok: false,
      code: 'AUDIENCE_IDENTIFIER_CONFLICT',
      message: '"VIP" on lexer_audience already belongs to an audience of external_id members',
    });
    endRun(audiences, {
      key: 'VIP/external_id',
      generation: 1,
      outcome: 'notApproved',
      sentNothing: true,
      at: '',
    });
    expect(beginRun(audiences, request('VIP', 'email', 't3')).ok).toBe(true);
  });
});

describe('an entity that was lost or set back', () => {
  test('hands out no generation that the state bucket has seen, and says what it does not know of', () => {
    const audiences: Audiences = {};
    const first = begin(audiences, { ...request('VIP', 'external_id', 't1'), floor: 7 });
    expect(first).toMatchObject({ generation: 8, open: [], forgotten: 7 });
    expect(begin(audiences, { ...request('VIP', 'external_id', 't1'), floor: 8 })).toEqual(first);
    expect(begin(audiences, { ...request('VIP', 'external_id', 't2'), floor: 8 })).toMatchObject({
      generation: 9,
      open: [8],
      forgotten: 7,
    });
  });

  test('knows everything again once a ledger made from the bucket is committed', () => {
    const audiences: Audiences = {};
    begin(audiences, { ...request('VIP', 'external_id', 't1'), floor: 7 });
    begin(audiences, { ...request('VIP', 'external_id', 't2'), floor: 8 });
    commitLedger(audiences, commitOf('VIP/external_id', 9, 5, []));
    expect(audiences['VIP/external_id']).toMatchObject({ forgotten: undefined, open: [{ generation: 9 }] });
  });

  test('a floor that is no news changes nothing', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    const second = begin(audiences, { ...request('VIP', 'external_id', 't2'), floor: 1 });
    expect(second).toMatchObject({ generation: 2 });
    expect(second.forgotten).toBeUndefined();
  });
});

describe('committing', () => {
  test('only the current, open generation may', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    begin(audiences, request('VIP', 'external_id', 't2'));
    expect(holds(audiences, 'VIP/external_id', 1)).toBe(false);
    expect(mayCommit(audiences, commitOf('VIP/external_id', 1, 5))).toBe(false);
    commitLedger(audiences, commitOf('VIP/external_id', 1, 5));
    expect(audiences['VIP/external_id']?.ledger).toBeUndefined();
    commitLedger(audiences, commitOf('VIP/external_id', 2, 7, [1, 2]));
    expect(audiences['VIP/external_id']).toMatchObject({ ledger: ledgerOf(2, 7), open: [] });
    expect(holds(audiences, 'VIP/external_id', 2)).toBe(false);
  });

  test('a recovery closes the broken generations and keeps its own open, without being released', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    begin(audiences, request('VIP', 'external_id', 't2'));
    commitLedger(audiences, commitOf('VIP/external_id', 2, 3, [1]));
    const audience = audiences['VIP/external_id'];
    expect(audience).toMatchObject({ ledger: ledgerOf(2, 3), open: [{ generation: 2 }] });
    expect(audience?.released).toBeUndefined();
    expect(holds(audiences, 'VIP/external_id', 2)).toBe(true);
  });

  test('the same ledger twice changes nothing, also when a later run has begun', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    const commit = commitOf('VIP/external_id', 1, 5);
    commitLedger(audiences, commit);
    const once = structuredClone(audiences);
    expect(mayCommit(audiences, commit)).toBe(true);
    commitLedger(audiences, commit);
    expect(audiences).toEqual(once);
    begin(audiences, request('VIP', 'external_id', 't2'));
    const later = structuredClone(audiences);
    commitLedger(audiences, commit);
    expect(audiences).toEqual(later);
  });

  test('an audience that nobody knows has nothing to commit, to hold or to end', () => {
    const audiences: Audiences = {};
    expect(mayCommit(audiences, commitOf('none', 1, 5))).toBe(false);
    commitLedger(audiences, commitOf('none', 1, 5));
    endRun(audiences, { key: 'none', generation: 1, outcome: 'done', sentNothing: true, at: '' });
    expect(holds(audiences, 'none', 1)).toBe(false);
    expect(audiences).toEqual({});
  });

  test('a ledger without members frees the slot', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    begin(audiences, request('New', 'external_id', 't2'));
    commitLedger(audiences, commitOf('VIP/external_id', 1, 0));
    expect(holdsSlot(audiences['VIP/external_id']!)).toBe(false);
    expect(beginRun(audiences, request('Lapsed', 'external_id', 't3')).ok).toBe(true);
  });
});

describe('ending', () => {
  const AT = '2026-11-21T00:00:00Z';

  test('closes a run that sent nothing; one that may have sent stays open until it is recovered', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    const end = { key: 'VIP/external_id', generation: 1, outcome: 'failed', at: AT } as const;
    endRun(audiences, { ...end, sentNothing: false });
    expect(begin(audiences, request('VIP', 'external_id', 't2')).open).toEqual([1]);
    endRun(audiences, { ...end, generation: 2, sentNothing: true });
    expect(begin(audiences, request('VIP', 'external_id', 't3')).open).toEqual([1]);
  });

  test('nobody is told any more of a run that has stopped waiting', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    commitLedger(audiences, commitOf('VIP/external_id', 1, 5));
    endRun(audiences, { key: 'VIP/external_id', generation: 1, outcome: 'done', sentNothing: false, at: AT });
    expect(begin(audiences, request('VIP', 'external_id', 't2')).waiting).toBeUndefined();
  });

  test('a run that ends late does not hide how a later one ended', () => {
    const audiences: Audiences = {};
    begin(audiences, request('VIP', 'external_id', 't1'));
    begin(audiences, request('VIP', 'external_id', 't2'));
    const end = { key: 'VIP/external_id', sentNothing: true, at: AT } as const;
    endRun(audiences, { ...end, generation: 2, outcome: 'done' });
    endRun(audiences, { ...end, generation: 1, outcome: 'superseded' });
    expect(audiences['VIP/external_id']?.lastOutcome).toEqual({ outcome: 'done', generation: 2, at: AT });
  });
});

type Step =
  | {
      do: 'begin';
      name: string;
      kind: 'external_id' | 'email';
      token: number;
      dryRun: boolean;
      floor: number;
    }
  | {
      do: 'commit';
      name: string;
      kind: 'external_id' | 'email';
      back: number;
      members: number;
      recovers: boolean;
    }
  | { do: 'end'; name: string; kind: 'external_id' | 'email'; back: number; sentNothing: boolean };

const where = { name: fc.constantFrom(...NAMES), kind: fc.constantFrom(...KINDS) };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('begin' as const),
      ...where,
      token: fc.nat(6),
      dryRun: fc.boolean(),
      floor: fc.nat(4),
    }),
    fc.record({
      do: fc.constant('commit' as const),
      ...where,
      back: fc.nat(2),
      members: fc.nat(2),
      recovers: fc.boolean(),
    }),
    fc.record({ do: fc.constant('end' as const), ...where, back: fc.nat(2), sentNothing: fc.boolean() }),
  ),
  { maxLength: 40 },
);

/** One step, with what it may and may not have done held against the state before. */
function take(audiences: Audiences, step: Step): void {
  const key = `${step.name}/${step.kind}`;
  const before = structuredClone(audiences);
  const known = before[key];
  const generation = Math.max(0, (known?.generation ?? 0) - ('back' in step ? step.back : 0));
  switch (step.do) {
    case 'begin': {
      const token = `${key}-${step.token}`;
      const { floor } = step;
      const answer = beginRun(audiences, { ...request(step.name, step.kind, token, step.dryRun), floor });
      if (!answer.ok) {
        expect(audiences).toEqual(before);
        return;
      }
      const earlier = known?.generation ?? 0;
      expect(answer.generation).toBe(known?.beginToken === token ? earlier : Math.max(earlier, floor) + 1);
      expect(answer.open).toEqual(
        known?.open.map((run) => run.generation).filter((g) => g < answer.generation) ?? [],
      );
      expect(answer.ledger).toEqual(known?.ledger);
      return;
    }
    case 'commit': {
      const open = known?.open.map((run) => run.generation) ?? [];
      const closes = step.recovers ? open.filter((g) => g < generation) : open.filter((g) => g <= generation);
      const commit = commitOf(key, generation, step.members, closes);
      const held = holds(audiences, key, generation);
      expect(held).toBe(known?.generation === generation && open.includes(generation));
      commitLedger(audiences, commit);
      if (held) expect(audiences[key]?.ledger).toEqual(commit.ledger);
      else expect(audiences[key]?.ledger).toEqual(known?.ledger);
      const once = structuredClone(audiences);
      commitLedger(audiences, commit);
      expect(audiences).toEqual(once);
      return;
    }
    case 'end': {
      const { sentNothing } = step;
      endRun(audiences, { key, generation, outcome: 'failed', sentNothing, at: '' });
      expect(audiences[key]?.ledger).toEqual(known?.ledger);
      const left = known?.open.filter((run) => !(sentNothing && run.generation === generation));
      expect(audiences[key]?.open).toEqual(left);
      return;
    }
  }
}

test('whatever the order of messages: generations rise, slots suffice, a value has one owner, no open run is forgotten', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const audiences: Audiences = {};
      const raised = new Map<string, number>();
      for (const step of script) {
        take(audiences, step);
        const holders = Object.values(audiences).filter(holdsSlot);
        expect(holders.length).toBeLessThanOrEqual(LIMIT);
        expect(new Set(holders.map(({ audience }) => audience)).size).toBe(holders.length);
        for (const { key, generation, open } of Object.values(audiences)) {
          expect(generation).toBeGreaterThanOrEqual(raised.get(key) ?? 0);
          expect(open.every((run) => run.generation <= generation)).toBe(true);
          raised.set(key, generation);
        }
      }
    }),
    { numRuns: 500 },
  );
});
