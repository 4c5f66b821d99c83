import fc from 'fast-check';
import {
  beginRun,
  commitLedger,
  endRun,
  type AudienceState,
  type BeginRequest,
  type EndRequest,
} from './integration-state';
import { type LedgerReference } from './vocabulary';

const KEY = 'Gold/external_id';
const SOURCE = 'a'.repeat(64);
const AT = '2026-11-22T05:00:00Z';

let audiences: Record<string, AudienceState>;
let begun: number;
beforeEach(() => {
  audiences = {};
  begun = 0;
});

function begin(change: Partial<BeginRequest> = {}) {
  begun += 1;
  const answer = beginRun(audiences, {
    ...{ key: KEY, audience: 'Gold', attribute: 'lexer_audience', identifier: 'external_id' as const },
    ...{ valueLimit: 100, token: `t${begun}`, dryRun: false },
    parent: { workflowId: `w${begun}`, runId: `r${begun}` },
    ...change,
  });
  if (!answer.ok) throw new Error(answer.message);
  return answer;
}

function ledgerOf(name: string, generation: number): LedgerReference {
  const file = { key: name, bytes: 1, sha256: 'f' };
  return { generation, file, manifest: file, members: 1, unsure: 0 };
}

const commit = (generation: number, wholeSource?: string, closes = [generation]) =>
  commitLedger(audiences, {
    key: KEY,
    generation,
    ledger: ledgerOf(`g${generation}-${closes.join()}`, generation),
    closes,
    wholeSource,
  });
const end = (generation: number, change: Partial<EndRequest> = {}) =>
  endRun(audiences, { key: KEY, generation, outcome: 'nothingToDo', sentNothing: true, at: AT, ...change });

test('a whole run leaves its source, and the next one is told', () => {
  commit(begin().generation, SOURCE);
  expect(begin().wholeSource).toBe(SOURCE);
});

test('a run that was not whole, or only recovered another, leaves none', () => {
  commit(begin().generation, SOURCE);
  commit(begin().generation);
  expect(begin().wholeSource).toBeUndefined();

  audiences = {};
  commit(begin().generation, SOURCE);
  const terminated = begin().generation;
  const next = begin();
  expect(next).toMatchObject({ open: [terminated] });
  expect(next.wholeSource).toBeUndefined();
  commit(next.generation, undefined, [terminated]);
  end(next.generation, { outcome: 'failed' });
  expect(begin().wholeSource).toBeUndefined();
});

test('a run that sent nothing takes nothing away, and a plan of zero is a whole picture', () => {
  commit(begin().generation, SOURCE);
  end(begin().generation, { outcome: 'cancelled' });
  expect(begin({ dryRun: true }).wholeSource).toBe(SOURCE);
  end(begin().generation, { wholeSource: 'b'.repeat(64) });
  expect(begin().wholeSource).toBe('b'.repeat(64));
});

test('an entity that has forgotten, or was set back, trusts no source until a run was whole again', () => {
  commit(begin().generation, SOURCE);
  const back = begin({ floor: 7 });
  expect(back).toMatchObject({ generation: 8, forgotten: 7 });
  expect(back.wholeSource).toBeUndefined();
  end(8, { wholeSource: SOURCE });
  const again = begin({ floor: 8 });
  expect(again.wholeSource).toBeUndefined();
  commit(again.generation, SOURCE);
  expect(begin({ floor: 9 }).wholeSource).toBe(SOURCE);
});

test('a source of which members were refused is told to the very next run only', () => {
  const refusing = begin().generation;
  const ledger = ledgerOf('refused', refusing);
  commitLedger(audiences, {
    ...{ key: KEY, generation: refusing, ledger, closes: [refusing], refusedSource: SOURCE },
  });
  const next = begin();
  expect(next).toMatchObject({ refusedSource: SOURCE, wholeSource: undefined });
  expect(begin().refusedSource).toBeUndefined();
  commit(3, undefined, [2, 3]);
  expect(begin().refusedSource).toBeUndefined();
});

test('the folder that was read stays known through runs that read another way, recover or send nothing', () => {
  const folder = 's3://b/daily/2026-11-22/';
  commit(begin().generation);
  expect(begin().newestFolder).toBeUndefined();
  end(2);
  const { generation } = begin();
  const ledger = ledgerOf('with a folder', generation);
  commitLedger(audiences, { key: KEY, generation, ledger, closes: [generation], newestFolder: folder });
  commit(begin().generation);
  end(begin().generation, { outcome: 'failed' });
  const next = begin();
  expect(next.newestFolder).toBe(folder);
  end(next.generation, { newestFolder: 's3://b/daily/2026-11-23/' });
  end(next.generation - 1, { newestFolder: folder });
  expect(begin().newestFolder).toBe('s3://b/daily/2026-11-23/');
});

test('a streak is told by its first run, and begins anew after any other ending', () => {
  commit(begin().generation, SOURCE);
  const first = begin();
  expect(first.toldUnchanged).toBeUndefined();
  end(first.generation, { reason: 'SOURCE_NOT_REFRESHED' });
  const second = begin();
  expect(second.toldUnchanged).toBe(true);
  end(second.generation, { outcome: 'failed' });
  expect(begin().toldUnchanged).toBeUndefined();
});

test('whatever happens, a source is only trusted if nothing was sent since it was whole', () => {
  const step = fc.constantFrom('whole', 'partial', 'unsent', 'terminated', 'zero');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      audiences = {};
      begun = 0;
      let trusted = false;
      for (const what of steps) {
        const { generation, wholeSource, open } = begin();
        expect(wholeSource !== undefined).toBe(trusted);
        if (open.length > 0) commit(generation, undefined, open);
        if (what === 'whole') commit(generation, SOURCE);
        if (what === 'partial') commit(generation);
        if (what === 'unsent') end(generation, { outcome: 'failed' });
        if (what === 'zero') end(generation, { wholeSource: SOURCE });
        if (what === 'whole' || what === 'zero') trusted = true;
        else if (what !== 'unsent' || open.length > 0) trusted = false;
      }
    }),
  );
});
