import {
  callQuerySchema,
  deadLetterDecisionSchema,
  deadLetterQuerySchema,
  previewSchema,
  unsavedPreviewSchema,
  versionQuerySchema,
} from './http-streaming';

const MINE = { integration: 'shop' };

test('a version is a whole number within bounds, or the latest', () => {
  expect(versionQuerySchema.parse({})).toEqual({});
  expect(versionQuerySchema.parse({ version: '12' })).toEqual({ version: 12 });
  for (const version of ['0', '-1', '1.5', '1e3', '1000001', '99999999', '', 1])
    expect(versionQuerySchema.safeParse({ version }).success).toBe(false);
});

test('calls are asked for without people, in pages that begin where one ended', () => {
  expect(callQuerySchema.parse(MINE)).toEqual({ ...MINE, people: 'false', limit: 50 });
  const after = '2026-02-28T09:30:00.123456Z/17';
  expect(callQuerySchema.parse({ ...MINE, after, since: '2026-11-22T10:30:00+01:00' })).toMatchObject({
    after,
    since: new Date('2026-11-22T09:30:00Z'),
  });
  for (const wrong of [
    '2026-02-31T09:30:00.123456Z/17',
    '2026-02-28T09:30:00Z/17',
    '2026-02-28T09:30:00.123456Z/',
    '2026-02-28T09:30:00.123456Z/1x',
    'x',
  ])
    expect(callQuerySchema.safeParse({ ...MINE, after: wrong }).success).toBe(false);
});

test('dead letters are named by id, state, reason and time; nothing else passes', () => {
  const ids = ['call-1', 'event-9223372036854775807'];
  expect(deadLetterDecisionSchema.parse({ ...MINE, ids })).toEqual({ ...MINE, ids, dryRun: false });
  for (const wrong of [{ ids: [] }, { ids: ['1'] }, { reason: 'a\u0000' }, { reason: ' ' }, { until: 'now' }])
    expect(deadLetterDecisionSchema.safeParse({ ...MINE, ...wrong }).success).toBe(false);
  expect(deadLetterQuerySchema.safeParse({ ...MINE, after: 'a b' }).success).toBe(false);
});

test('a preview is of one person, with one event at most', () => {
  const person = { email: ' ann@example.com ' };
  expect(previewSchema.parse({ person })).toEqual({ person: { email: 'ann@example.com' } });
  expect(previewSchema.safeParse({ person, event: { name: 'A' } }).success).toBe(true);
  for (const wrong of [
    {},
    { person: {} },
    { person: { email: 'a', phone: 'b' } },
    { person: { phone: 'a\nb' } },
    { person: { phone: 'a\ud800' } },
    { person, event: {}, lastEvent: 'A' },
    { person, event: 'A' },
  ])
    expect(previewSchema.safeParse(wrong).success).toBe(false);
  expect(unsavedPreviewSchema.safeParse({ person }).success).toBe(false);
});
