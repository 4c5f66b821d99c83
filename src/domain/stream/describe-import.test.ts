import { describeImport } from './describe-import';

const FACTS = { source: 's3://b/people.csv', rows: 1_200, accepted: 1_000, duplicates: 150, rejected: 50 };

test('an import is told by its counts, reasons and where the rejected rows are', () => {
  expect(describeImport({ ...FACTS, rejected: 0, reasons: [] })).toEqual([
    's3://b/people.csv: 1,200 rows, 1,000 accepted, 150 known already, 0 rejected',
  ]);
  const reasons = [{ reason: 'has no identifier', rows: 50, firstRows: [3, 9] }];
  expect(describeImport({ ...FACTS, reasons, rejectedKey: 'state/rejected.ndjson' }).slice(1)).toEqual([
    '50 × has no identifier (rows 3, 9)',
    'all of them: state/rejected.ndjson in the state bucket',
  ]);
});
