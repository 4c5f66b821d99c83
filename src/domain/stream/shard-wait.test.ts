import { describeWait, WAIT_REASONS, waitReasonOf, WAIT_WORDS } from './shard-wait';

test.each([
  ['BRAZE_RATE_LIMITED', 'throttled'],
  ['BRAZE_KEY_REJECTED', 'key'],
  ['DATABASE_UNAVAILABLE', 'database'],
  ['STREAM_LAYOUT_BUSY', 'layout'],
  ['TEMPORAL_UNAVAILABLE', 'temporal'],
  ['INVARIANT_BROKEN', 'other'],
  ['toString', 'other'],
])('%s keeps a shard from going on by %s', (code, reason) => {
  expect(waitReasonOf(code)).toBe(reason);
});

test('every reason says who acts', () => {
  for (const reason of WAIT_REASONS) expect(WAIT_WORDS[reason].who).toMatch(/^[A-Z].+\.$/);
});

test('a wait is told with its reason, its code and who acts', () => {
  const since = '2026-11-22T05:00:00Z';
  const refused = { code: 'BRAZE_KEY_REJECTED', message: 'Braze answered 401', since };
  expect(describeWait({ reason: 'key', ...refused })).toBe(
    '**waits since 2026-11-22T05:00:00Z**: Braze does not take the REST key, or the key may not do this, or it cannot be read ' +
      '(BRAZE_KEY_REJECTED: Braze answered 401). The owner of the credentials has to act: mend the key or its permissions.',
  );
  expect(describeWait({ reason: 'merge', message: 'the shard 3 has not passed entry 7', since })).toContain(
    'come to that place yet (the shard 3 has not passed entry 7). Nobody',
  );
});
