import {
  lateFromMs,
  scheduleAlerts,
  utcDay,
  type WatchedRefresh,
  type WatchedSchedule,
} from './schedule-watch';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DUE = Date.parse('2026-11-22T05:00:00Z');

const refresh = (change: Partial<WatchedRefresh> = {}): WatchedRefresh => ({
  workflowId: 'refresh/shop/abc-2026-11-22T05:00:00Z',
  dueMs: DUE,
  takenMs: DUE + 50,
  state: 'underWay',
  ...change,
});

const schedule = (change: Partial<WatchedSchedule> = {}): WatchedSchedule => ({
  scheduleId: 'audience-schedule/shop/abc',
  createdMs: DUE - 100 * HOUR,
  paused: false,
  lateAfterMs: HOUR,
  catchupWindowMs: 2 * HOUR,
  nextMs: DUE + 24 * HOUR,
  recent: [],
  missedCatchupWindow: 0,
  skippedByOverlap: 0,
  skipsByChoice: false,
  ...change,
});

const codes = (watched: WatchedSchedule, nowMs: number) =>
  scheduleAlerts(watched, nowMs).map(({ code, mark }) => `${code} ${mark}`);

const LATE = 'REFRESH_LATE late-on-2026-11-22';

test('a refresh that is through in time is no news, whenever one looks', () => {
  const watched = schedule({ recent: [refresh({ state: 'landed' })] });
  for (const minutes of [0, 59, 61, 600]) expect(codes(watched, DUE + minutes * MINUTE)).toEqual([]);
});

test.each(['unclaimed', 'underWay'] as const)(
  'one that is %s is late from the first moment past its time',
  (state) => {
    const watched = schedule({ recent: [refresh({ state })] });
    for (let ms = 0; ms <= HOUR; ms += 7 * MINUTE + 13) expect(codes(watched, DUE + ms)).toEqual([]);
    expect(codes(watched, DUE + HOUR)).toEqual([]);
    for (const after of [1, MINUTE, 20 * HOUR]) expect(codes(watched, DUE + HOUR + after)).toEqual([LATE]);
  },
);

test('what is said depends on whether a worker has the refresh', () => {
  const said = (state: WatchedRefresh['state']) =>
    scheduleAlerts(schedule({ recent: [refresh({ state })] }), DUE + 2 * HOUR);
  expect(said('unclaimed')).toEqual([
    expect.objectContaining({
      message: 'The refresh of 2026-11-22 05:00 UTC waits for a worker: none has taken it up.',
      dueMs: DUE,
      workflowId: 'refresh/shop/abc-2026-11-22T05:00:00Z',
    }),
  ]);
  expect(said('underWay')[0]?.message).toContain('still under way');
});

test('all that were due on one day are told of once, and those of the next day again', () => {
  const due = [0, 1, 2, 24 * 60].map((minutes) => DUE + minutes * MINUTE);
  const recent = due.map((dueMs) => refresh({ dueMs, takenMs: dueMs }));
  expect(new Set(codes(schedule({ recent }), DUE + 48 * HOUR))).toEqual(
    new Set([LATE, 'REFRESH_LATE late-on-2026-11-23']),
  );
});

test('a pause does not hide a refresh that was started before it', () => {
  expect(codes(schedule({ paused: true, recent: [refresh()] }), DUE + 2 * HOUR)).toEqual([LATE]);
});

test('a time that Temporal has let pass is late, unless the schedule is paused or has no more times', () => {
  const overdue = schedule({ nextMs: DUE });
  expect(codes(overdue, DUE + HOUR)).toEqual([]);
  expect(codes(overdue, DUE + HOUR + 1)).toEqual([LATE]);
  expect(scheduleAlerts(overdue, DUE + 2 * HOUR)[0]?.message).toContain('has not been started');
  expect(codes({ ...overdue, paused: true }, DUE + 5 * HOUR)).toEqual([]);
  expect(codes({ ...overdue, nextMs: undefined }, DUE + 5 * HOUR)).toEqual([]);
});

test('one that came within the catch-up window, and after its time, was late even if it is through', () => {
  const caughtUp = refresh({ takenMs: DUE + HOUR + 1, state: 'landed' });
  expect(codes(schedule({ recent: [caughtUp] }), DUE + 3 * HOUR)).toEqual([LATE]);
  expect(scheduleAlerts(schedule({ recent: [caughtUp] }), DUE + 3 * HOUR)[0]?.message).toContain(
    '06:00 UTC only',
  );
  expect(codes(schedule({ recent: [{ ...caughtUp, takenMs: DUE + HOUR }] }), DUE + 3 * HOUR)).toEqual([]);
});

test.each([
  ['before the schedule was there', { createdMs: DUE + HOUR }, DUE + 2 * HOUR],
  ['longer ago than Temporal catches up with', {}, DUE + 30 * HOUR],
])('a backfill of a time %s counts from its start', (_, change, takenMs) => {
  const watched = (state: WatchedRefresh['state']) =>
    schedule({ ...change, nextMs: DUE + 48 * HOUR, recent: [refresh({ takenMs, state })] });
  expect(codes(watched('landed'), takenMs + 5 * HOUR)).toEqual([]);
  expect(codes(watched('underWay'), takenMs + HOUR)).toEqual([]);
  expect(codes(watched('underWay'), takenMs + HOUR + 1)).toEqual([LATE]);
});

test('what was left out is told once for each new count', () => {
  const [missed, skipped] = scheduleAlerts(schedule({ missedCatchupWindow: 1, skippedByOverlap: 3 }), DUE);
  expect(missed).toMatchObject({
    code: 'REFRESH_MISSED',
    message: expect.stringContaining('One refresh has'),
  });
  expect(skipped).toMatchObject({
    code: 'REFRESH_MISSED',
    message: expect.stringContaining('3 refreshes have'),
  });
  const marks = [1, 2, 3].map((count) => codes(schedule({ missedCatchupWindow: count }), DUE)[0]);
  expect(new Set(marks).size).toBe(3);
  // The same count of a schedule that was made anew is another.
  expect(codes(schedule({ missedCatchupWindow: 1, createdMs: 0 }), DUE)[0]).not.toBe(marks[0]);
});

test('what an overlap leaves out is told once a day, and not again where nothing came to it', () => {
  const marks = (skippedByOverlap: number, nowMs: number) =>
    scheduleAlerts(schedule({ skippedByOverlap }), nowMs).map(({ mark, orMark }) => [mark, orMark]);
  const [[day, three] = []] = marks(3, DUE);
  const [[later, four] = []] = marks(4, DUE + 18 * HOUR);
  const [[nextDay, stillFour] = []] = marks(4, DUE + 20 * HOUR);
  expect(later).toBe(day);
  expect(four).not.toBe(three);
  expect(nextDay).not.toBe(day);
  expect(stillFour).toBe(four);
  expect(new Set([day, nextDay, three, four]).size).toBe(4);
});

test('a schedule that chose to skip is told of only while its audience is late', () => {
  const watched = schedule({ skippedByOverlap: 3, skipsByChoice: true, recent: [refresh()] });
  expect(codes(watched, DUE + HOUR)).toEqual([]);
  expect(codes(watched, DUE + HOUR + 1)).toEqual([LATE, expect.stringContaining('REFRESH_MISSED skipped-')]);
});

test('until when a refresh is in time can be asked for, for whoever watches the runs themselves', () => {
  expect(lateFromMs(schedule(), refresh())).toBe(DUE + HOUR);
  expect(lateFromMs(schedule({ createdMs: DUE + 1 }), refresh({ takenMs: DUE + 9 }))).toBe(DUE + HOUR + 9);
});

test('a day is told in UTC', () => {
  expect([utcDay(Date.parse('2026-11-22T23:59:59Z')), utcDay(DUE)]).toEqual(['2026-11-22', '2026-11-22']);
});
