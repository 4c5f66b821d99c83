import { failingSentence, testFailedSentence, untestedSentence } from './api-gate';
import { describeActivation } from './describe-activation';
import { describeEngagement, type DescribableEngagement } from './describe-engagement';
import { changeProblem, stateAfter } from './engagement-rules';
import { countsDiffer, nextLookMs } from './engagement-watch';
import { type EngagementChange } from './log-entry';
import { type EngagementState } from './vocabulary';

const STATES = ['draft', 'active', 'paused', 'stopped'] as const;
const CHANGES = ['activate', 'pause', 'resume', 'stop', 'upgrade'] as const;

test('draft to active to paused to active to stopped, and nothing else', () => {
  const table = STATES.map((state) =>
    CHANGES.map((change) =>
      changeProblem('x', state, change) === undefined ? stateAfter(state, change) : '–',
    ),
  );
  expect(table).toEqual([
    ['active', '–', '–', 'stopped', '–'],
    ['–', 'paused', '–', 'stopped', 'active'],
    ['–', '–', 'active', 'stopped', 'paused'],
    ['–', '–', '–', '–', '–'],
  ]);
});

test.each<[EngagementState, EngagementChange, string]>([
  ['draft', 'pause', 'engagement "x" is a draft, so it cannot be paused. Activate it first.'],
  ['active', 'resume', 'engagement "x" is active, so it cannot be resumed. It runs already.'],
  [
    'active',
    'activate',
    'engagement "x" is active, so it cannot be activated. Upgrade it to other versions,',
  ],
  ['paused', 'pause', 'Resume it when it should go on.'],
  ['paused', 'activate', 'Resume it, or stop it.'],
  ['stopped', 'resume', 'A stopped engagement stays stopped'],
])('%s refuses %s and says what can be done', (state, change, sentence) => {
  expect(changeProblem('x', state, change)).toContain(sentence);
});

const COUNTS = {
  stages: { captured: 1200, unified: 1200, entered: 30, sent: 30, accepted: 29, seen: 5 },
  refused: 1,
  unknown: 0,
  setAside: 2,
  noCall: { notInSegment: 1170, paused: 0 },
  latencyMs: { p50: 12, p99: 80, max: 310 },
};

test('looks: each minute with news, twice as long without, a quarter of an hour at most', () => {
  const pauses = [true, false, false, false, false, false, true].reduce<number[]>(
    (before, isNews) => [...before, nextLookMs('active', isNews, before.at(-1) ?? 0)],
    [],
  );
  expect(pauses.map((ms) => ms / 60_000)).toEqual([1, 2, 4, 8, 15, 15, 1]);
  expect(nextLookMs('draft', true, 0)).toBe(6 * 3_600_000);
  expect(nextLookMs(undefined, false, 0)).toBe(60_000);
});

test('news is whatever is counted, never a latency', () => {
  expect(countsDiffer(undefined, undefined)).toBe(false);
  expect(countsDiffer(undefined, COUNTS)).toBe(true);
  expect(countsDiffer(COUNTS, { ...COUNTS })).toBe(false);
  expect(countsDiffer(COUNTS, { ...COUNTS, stages: { ...COUNTS.stages, seen: 6 } })).toBe(true);
  for (const what of ['refused', 'unknown', 'setAside'] as const)
    expect(countsDiffer(COUNTS, { ...COUNTS, [what]: 9 })).toBe(true);
  expect(countsDiffer(COUNTS, { ...COUNTS, noCall: { notInSegment: 1171 } })).toBe(true);
});

const ENGAGEMENT: DescribableEngagement = {
  integration: 'shop',
  name: 'third-purchase',
  state: 'active',
  goal: 'greet regulars',
  segment: { name: 'regulars', version: 2 },
  action: { externalApi: 'tier', version: 3 },
  exitAction: { externalApi: 'tier-off', version: 1 },
  frequency: 'everyTime',
  onUnknown: 'resend',
  onResume: 'skip',
  changes: [{ change: 'activate', by: 'Ada', at: '2026-11-22T03:00:00.000Z' }],
  counts: COUNTS,
  countedAt: '2026-11-22T03:05:00.000Z',
};

test('an engagement is told with its state, versions, counts and changes', () => {
  expect(describeEngagement(ENGAGEMENT).split('\n')).toEqual([
    '**third-purchase** on shop is **active**: who enters is sent',
    '',
    '- goal: greet regulars',
    '- segment regulars v2 → tier v3, on exit tier-off v1',
    '- every time that a person enters; unknown outcomes: resend; on resume: skip',
    '- 1,200 captured → 1,200 unified → 30 entered → 30 sent → 29 accepted by Braze → 5 seen in Braze, of a sample',
    '- 1 refused, 0 unknown, 2 set aside',
    '- from capture to Braze’s answer: half within 12 ms, 99 % within 80 ms, the slowest 310 ms',
    '- events without a call: 1,170 not in the segment',
    '- counted at 2026-11-22T03:05:00.000Z',
    '',
    '- 2026-11-22T03:00:00.000Z activate by Ada',
  ]);
});

test('one that has counted nothing says so, and why it cannot', () => {
  const { counts, countedAt, exitAction, goal, ...bare } = ENGAGEMENT;
  expect([counts, countedAt, exitAction, goal]).not.toContain(undefined);
  const told = describeEngagement(
    { ...bare, frequency: 'once', changes: [] },
    'the database does not answer',
  );
  expect(told).toContain('- once for each person;');
  expect(told).toContain('- nothing is counted yet');
  expect(told).toContain('cannot be read at present**: the database does not answer');
  expect(told).not.toContain('on exit');
});

test('before the first answer there is no latency, and without reasons none are told', () => {
  const counts = { ...COUNTS, stages: { ...COUNTS.stages, accepted: 0 }, noCall: {} };
  const told = describeEngagement({ ...ENGAGEMENT, counts });
  expect(told).not.toContain('answer: half within');
  expect(told).not.toContain('without a call');
});

test('an activation is told stage by stage', () => {
  expect(
    describeActivation('third-purchase', [
      { stage: 'check', state: 'done' },
      { stage: 'save', state: 'done', sentence: 'tier v3' },
      { stage: 'test', state: 'failed', sentence: 'not tested' },
      { stage: 'activate', state: 'waiting' },
      { stage: 'everywhere', state: 'skipped' },
    ]).split('\n'),
  ).toEqual([
    '**Engagement third-purchase**',
    '',
    '- ✓ Check the input',
    '- ✓ Save External APIs, segment and draft: tier v3',
    '- ✗ Test the External APIs in Braze: not tested',
    '- · Activate',
    '- – Be active for everybody',
  ]);
});

const SUBJECT = { integration: 'shop', externalApi: 'tier', version: 3 };

test('a refused version is named with its integration, the reason and what to do', () => {
  expect(untestedSentence(SUBJECT)).toBe(
    'External API "tier" version 3 has not been tested on integration "shop" with the REST key that it has now. Give testValues, or put a test person\'s values into a file and test it first: brazier external-api test tier --integration shop --version 3 --values values.json',
  );
  expect(failingSentence(SUBJECT, 'it did not arrive. ')).toContain(
    'on integration "shop": it did not arrive. Give',
  );
  expect(failingSentence(SUBJECT, undefined)).toContain('on integration "shop". Give');
});

test('a failed test is told in the words of Braze, and nothing else of its answer', () => {
  const failed = {
    summary: 'Braze refused the call.',
    answer: { status: 400, body: { message: 'no', x: 'y' } },
  };
  expect(testFailedSentence(SUBJECT, failed)).toBe(
    'External API "tier" version 3 did not pass its test on integration "shop": Braze refused the call. Braze answered 400: no.',
  );
  expect(testFailedSentence(SUBJECT, { summary: 'Nothing came.' })).toMatch(/Nothing came\.$/);
  for (const body of ['text', null, {}, { message: 5 }])
    expect(testFailedSentence(SUBJECT, { summary: 'No', answer: { status: 500, body } })).toMatch(
      /No\. Braze answered 500\.$/,
    );
});
