import { forecast } from './forecast';

const LIMITS = { objectsPerRequest: 75, requestsPerSecond: 10 };
const counts = { ledger: 0, stay: 0, notOurs: 0, leaversKept: 0, unsureRetried: 0 };

test('adds and removes never share a request', () => {
  const plan = { ...counts, source: 76, add: 76, remove: 1 };
  expect(forecast(plan, 100, LIMITS)).toEqual({ requests: 3, seconds: 0.3, sendableShare: 0.76 });
});

test('a source without rows has no sendable share, and a plan of zero takes no time', () => {
  const plan = { ...counts, source: 0, add: 0, remove: 0 };
  expect(forecast(plan, 0, LIMITS)).toEqual({ requests: 0, seconds: 0, sendableShare: 0 });
});

test('seconds are rounded to thousandths, shares to hundredths of a percent', () => {
  const plan = { ...counts, source: 1, add: 75, remove: 0 };
  expect(forecast(plan, 3, { ...LIMITS, requestsPerSecond: 3 })).toEqual({
    requests: 1,
    seconds: 0.333,
    sendableShare: 0.3333,
  });
});
