import { AUDIENCE_ERRORS } from './error-catalog/audiences';
import { DOOR_ERRORS } from './error-catalog/doors';
import { INPUT_ERRORS } from './error-catalog/inputs';
import { SERVICE_ERRORS } from './error-catalog/services';
import { STREAM_ERRORS } from './error-catalog/streaming';
import { ERROR_CATALOG, EXIT_CODES, fault, isErrorCode, success, type ErrorCode } from './errors';

/** What waiting mends by itself; everything else needs somebody first, so trying again would only repeat it. */
const RETRYABLE: ErrorCode[] = [
  'BACKLOG_FULL',
  'BRAZE_RATE_LIMITED',
  'BRAZE_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'HOOK_PROVIDER_UNAVAILABLE',
  'S3_UNAVAILABLE',
  'SOURCE_NOT_QUIET',
  'STREAM_LAYOUT_BUSY',
  'MAIL_UNAVAILABLE',
  'TEMPORAL_UNAVAILABLE',
];

/** Tried again as well, but if it stays so, whoever gave the worker its role has to look. */
const ROLE_AWAY: ErrorCode = 'S3_CREDENTIALS_UNAVAILABLE';

const codes = Object.keys(ERROR_CATALOG).filter(isErrorCode);

test('only what waiting mends is retried, and it is nobody’s to act on', () => {
  expect(ERROR_CATALOG[ROLE_AWAY]).toMatchObject({ retryable: true, actor: 'credentialOwner' });
  const retryable = codes.filter((code) => ERROR_CATALOG[code].retryable && code !== ROLE_AWAY);
  expect(retryable.sort()).toEqual([...RETRYABLE].sort());
  expect(retryable.map((code) => ERROR_CATALOG[code].actor)).toEqual(retryable.map(() => 'wait'));
});

test.each(codes)('%s is a name in capitals, with a sentence for people and an exit code', (code) => {
  expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
  expect(ERROR_CATALOG[code].help).toMatch(/^[A-Z].{20,}[.]$/);
  expect(EXIT_CODES[ERROR_CATALOG[code].actor]).toBeGreaterThan(0);
});

test('exit codes are public: a script tells who has to act', () => {
  expect(EXIT_CODES).toEqual({
    ok: 0,
    usage: 2,
    credentialOwner: 10,
    settingsOwner: 11,
    dataOwner: 12,
    wait: 13,
    person: 14,
    us: 70,
  });
});

test('only catalogued names are codes, not what every object has', () => {
  expect(codes).toHaveLength(Object.keys(ERROR_CATALOG).length);
  expect(isErrorCode('BRAZE_KEY_REJECTED')).toBe(true);
  for (const other of ['', 'braze_key_rejected', 'toString', '__proto__', 'constructor']) {
    expect(isErrorCode(other)).toBe(false);
  }
});

test('no code stands in two parts of the catalog, where one entry would hide the other', () => {
  const parts = [INPUT_ERRORS, AUDIENCE_ERRORS, SERVICE_ERRORS, DOOR_ERRORS, STREAM_ERRORS];
  const all = [...parts.flatMap((part) => Object.keys(part)), 'INVARIANT_BROKEN'];
  expect(all.sort()).toEqual([...codes].sort());
});

test('an outcome is a value or a fault', () => {
  expect(success(7)).toEqual({ ok: true, value: 7 });
  expect(fault('S3_UNAVAILABLE', 'away')).toEqual({
    ok: false,
    fault: { code: 'S3_UNAVAILABLE', message: 'away' },
  });
});
