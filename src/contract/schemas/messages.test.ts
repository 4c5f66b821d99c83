import { parseBegin, parseCommit, parseConfigure, parseEnd, parseHolds } from './integration-messages';
import { nearestName } from './nearest-name';
import { parseApproval, parseConfirmation, parseEmpty, parsePause } from './run-messages';
import { parseSetup } from './setup-integration';

const key = '0123456789abcdef0123456789abcdef';
const file = { key: 'a', bytes: 1, sha256: 'a'.repeat(64) };

test('messages of a run take one object each', () => {
  expect(parseApproval({ planHash: 'abc', by: 'Kim' }, 'approve')).toEqual({
    ok: true,
    value: { planHash: 'abc', by: 'Kim' },
  });
  expect(parseConfirmation({ by: 'Kim' }, 'confirm')).toEqual({ ok: true, value: { by: 'Kim' } });
  expect(parsePause({ by: 'Kim' }, 'pause').ok).toBe(true);
  expect(parseEmpty(undefined, 'status')).toEqual({ ok: true, value: {} });
  expect(parseEmpty({ verbose: true }, 'status').ok).toBe(false);
});

test('an approval without a name or a hash is none', () => {
  const outcome = parseApproval({ planhash: 'abc' }, 'approve');
  expect(outcome).toMatchObject({ ok: false, fault: { code: 'INPUT_INVALID' } });
  expect(JSON.stringify(outcome)).toContain('by: is missing');
  expect(JSON.stringify(outcome)).toContain('did you mean');
});

test('messages of an integration take one object each', () => {
  const settings = parseSetup({
    name: 'acme',
    braze: { endpoint: 'https://rest.iad-01.braze.com', restKey: 'env:BRAZE_KEY' },
    exchange: { bucket: 'acme-exchange', region: 'eu-central-1' },
  });
  const begin = {
    key,
    audience: 'VIP',
    attribute: 'lexer_audience',
    identifier: 'email',
    valueLimit: 100,
    token: 't',
    parent: { workflowId: 'w', runId: 'r' },
    dryRun: false,
  };
  const ledger = { generation: 1, file, manifest: file, members: 5, unsure: 0 };
  expect(settings.ok && parseConfigure({ settings: settings.value, segmentIds: ['s'] }).ok).toBe(true);
  expect(parseBegin(begin)).toEqual({ ok: true, value: begin });
  expect(parseCommit({ key, generation: 1, ledger, closes: [1] }).ok).toBe(true);
  expect(
    parseEnd({ key, generation: 1, outcome: 'done', sentNothing: false, at: '2026-11-21T10:00:00Z' }).ok,
  ).toBe(true);
  expect(parseHolds({ key, generation: 1 }).ok).toBe(true);
  expect(parseHolds({ key: 'short', generation: 0 }).ok).toBe(false);
});

test.each([
  ['audiance', 'audience'],
  ['max_removal_share', 'maxRemovalShare'],
  ['qqqqqqq', undefined],
])('%s is read as %s', (unknown, known) => {
  expect(nearestName(unknown, ['audience', 'attribute', 'maxRemovalShare', 'source'])).toBe(known);
});
