import { describeProgress, number } from './describe-run';

const SUBJECT = { audience: 'VIP', attribute: 'lexer_audience', listAction: 'maintain' };
const HEAD = ['**VIP** → `lexer_audience` (maintain)', ''];

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [1_234_567, '1,234,567'],
])('%d is written %s', (value, text) => {
  expect(number(value)).toBe(text);
});

test('a run of which nothing is known yet shows what it is about', () => {
  expect(describeProgress(SUBJECT, {})).toBe(HEAD.join('\n'));
});

test('a run shows what it moves, how far it is, and what was seen', () => {
  const text = describeProgress(SUBJECT, {
    phase: 'verifying',
    plan: {
      ledger: 0,
      source: 1_500,
      add: 1_500,
      remove: 2,
      stay: 0,
      notOurs: 0,
      leaversKept: 0,
      unsureRetried: 0,
    },
    forecast: { requests: 1_021, seconds: 20.4 },
    slices: { done: 1, total: 2 },
    sent: { accepted: 1_490, rejected: 4, unknown: 5, unsent: 3 },
    planHash: 'abc',
    approvalReasons: ['Too many leave.'],
    confirmation: { answer: 'right', by: 'Ada' },
    verification: { checked: 20, matching: 19 },
  });
  expect(text.split('\n')).toEqual([
    ...HEAD,
    '- reading profiles back',
    '- 1,500 enter, 2 leave, 0 stay',
    '- 1,021 requests, at least 20.4 s at the workspace’s limit',
    '- slices sent: 1 of 2',
    '- accepted 1,490, rejected 4, unknown 8',
    '- approval needed: Too many leave.',
    '- confirmation: right (Ada)',
    '- 20 read back, 19 match',
  ]);
});

test('a run that waits for approval tells how to give it, once its plan has a hash', () => {
  expect(describeProgress(SUBJECT, { phase: 'awaitingApproval', planHash: 'abc' })).toContain(
    '- Update `approve` or `reject` with `{"planHash": "abc", "by": "<your name>"}`',
  );
  expect(describeProgress(SUBJECT, { phase: 'awaitingApproval' })).not.toContain('Update `approve`');
  expect(describeProgress(SUBJECT, { phase: 'sending', planHash: 'abc' })).not.toContain('Update `approve`');
});

test('a confirmation that nobody gave names nobody', () => {
  expect(describeProgress(SUBJECT, { confirmation: { answer: 'timedOut' } })).toMatch(
    /confirmation: timedOut$/,
  );
});
