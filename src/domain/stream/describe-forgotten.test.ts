import { describeForgotten } from './describe-forgotten';

test('what was deleted is told, and nothing else where nothing else is', () => {
  const told = describeForgotten({
    ...{ events: 12_000, calls: 7, setAside: 1, isDone: true },
    kept: { calls: 0, events: 0 },
  });
  expect(told).toContain('12,000 entries of the log, 7 calls, 1 records');
  expect(told).not.toMatch(/Kept|time was up/);
});

test('what stays is told with what a person can do', () => {
  const told = describeForgotten({
    ...{ events: 0, calls: 0, setAside: 0, isDone: false },
    kept: { calls: 3, events: 2 },
  });
  expect(told).toContain('3 calls that were refused or are unknown, 2 events set aside');
  expect(told).toContain('brazier dead-letters list');
  expect(told).toContain('the next run goes on');
});
