import fc from 'fast-check';
import {
  alertKey,
  audiencePrefix,
  correctionsKey,
  correctionsPrefix,
  generationKey,
  generationsPrefix,
  importRejectedKey,
  ledgerKey,
  ledgerManifestKey,
  ledgersPrefix,
  normalisedPath,
  parseCorrectionsKey,
  parseGenerationKey,
  parseLedgerManifestKey,
  parseReceiptKey,
  parseStartedKey,
  planFileKey,
  receiptKey,
  receiptsPrefix,
  refusedMembersKey,
  reportKey,
  runPrefix,
  sampleKey,
  sliceKey,
  sliceListKey,
  sliceReceiptsPrefix,
  snapshotKey,
  startedKey,
  startedPrefix,
  unusableRowsKey,
} from './state-layout';

const folder = { path: '/brazier/', integration: 'shop', audienceKey: 'a1' };
const SHA = 'abcdef0123456789'.repeat(4);

test('a path never makes empty folders', () => {
  expect(['', '/', 'a', '/a/b/'].map(normalisedPath)).toEqual(['', '', 'a/', 'a/b/']);
});

test('everything of an audience lies under its folder, everything of a run under its generation', () => {
  const root = 'brazier/integrations/shop/audiences/a1/';
  expect(ledgerKey(folder, 3, 'ff')).toBe(`${root}ledger/g3-ff.parquet`);
  expect(ledgerManifestKey(folder, 3, 'ff')).toBe(`${root}ledger/g3-ff.json`);
  expect(correctionsKey(folder, 3, SHA)).toBe(`${root}corrections/g3-abcdef0123456789.ndjson`);
  const run = [
    snapshotKey(folder, 3, 'ff'),
    unusableRowsKey(folder, 3, 'ff'),
    refusedMembersKey(folder, 3, 'ff'),
    planFileKey(folder, 3, 'ff', 'add'),
    sliceListKey(folder, 3, 'ff'),
    sliceKey(folder, 3, 'ff', { operation: 'remove', index: 7 }),
    sampleKey(folder, 3, 'ff'),
    reportKey(folder, 3),
  ];
  expect(run.map((key) => key.replace(`${root}runs/g3/`, ''))).toEqual([
    'snapshot-ff.parquet',
    'rejected/source-ff.ndjson',
    'rejected/braze-ff.ndjson',
    'plan-ff/add.parquet',
    'plan-ff/slices.json',
    'plan-ff/slices/remove-00007.ndjson',
    'sample-ff.ndjson',
    'report.html',
  ]);
});

test('names of markers, receipts and corrections are read back as they were written', () => {
  const attempt = fc.record({
    operation: fc.constantFrom('add' as const, 'remove' as const),
    index: fc.nat({ max: 999_999 }),
    attempt: fc.stringMatching(/^[0-9a-f]{1,16}$/),
  });
  fc.assert(
    fc.property(attempt, fc.nat(), (which, generation) => {
      const started = startedKey(folder, generation, which);
      expect(started.startsWith(startedPrefix(folder, generation))).toBe(true);
      expect(parseStartedKey(started)).toEqual(which);
      const receipt = receiptKey(folder, generation, which, SHA);
      expect(receipt.startsWith(receiptsPrefix(folder, generation))).toBe(true);
      expect(receipt.startsWith(sliceReceiptsPrefix(folder, generation, which))).toBe(true);
      const next = { ...which, index: which.index + 1 };
      expect(receipt.startsWith(sliceReceiptsPrefix(folder, generation, next))).toBe(false);
      expect(parseReceiptKey(receipt)).toEqual({ ...which, sha16: SHA.slice(0, 16) });
      const corrections = correctionsKey(folder, generation, SHA);
      expect(parseCorrectionsKey(corrections)).toEqual({ generation, sha16: SHA.slice(0, 16) });
      expect([parseStartedKey(receipt), parseReceiptKey(started), parseCorrectionsKey(started)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }),
  );
});

test('marks of generations and manifests of ledgers are told from everything else', () => {
  const mark = generationKey(folder, 12);
  const manifest = ledgerManifestKey(folder, 12, 'ab12');
  expect(mark.startsWith(generationsPrefix(folder))).toBe(true);
  expect(manifest.startsWith(ledgersPrefix(folder))).toBe(true);
  expect(parseGenerationKey(mark)).toBe(12);
  expect(parseLedgerManifestKey(manifest)).toEqual({ generation: 12, random: 'ab12' });
  expect([parseGenerationKey(manifest), parseLedgerManifestKey(mark)]).toEqual([undefined, undefined]);
  expect(parseLedgerManifestKey(ledgerKey(folder, 12, 'ab12'))).toBeUndefined();
});

test('what belongs to a run lies with its audience, corrections with the audience alone', () => {
  expect(audiencePrefix(folder)).toBe('brazier/integrations/shop/audiences/a1/');
  expect(runPrefix(folder, 3)).toBe(`${audiencePrefix(folder)}runs/g3/`);
  expect(correctionsKey(folder, 3, SHA).startsWith(correctionsPrefix(folder))).toBe(true);
  expect(correctionsPrefix(folder)).toBe(`${audiencePrefix(folder)}corrections/`);
});

test('a mark of an alert is one object a mark, whatever signs the mark has', () => {
  const key = alertKey('/brazier/', 'ab12', 'missed-2026-11-22T05:00:00.000Z');
  expect(key).toBe('brazier/schedules/ab12/alerts/missed-2026-11-22T05-00-00.000Z.json');
  expect(alertKey('', 'ab12', 'missed-3')).toBe('schedules/ab12/alerts/missed-3.json');
});

test('rejected rows of an import lie beside the audiences of their integration', () => {
  expect(importRejectedKey('/brazier/', 'shop', 'ab12')).toBe(
    'brazier/integrations/shop/imports/ab12/rejected.ndjson',
  );
});
