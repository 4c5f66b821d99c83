import { describeActivation, stageLine } from './describe-activation';
import {
  countLines,
  describeEngagement,
  type DescribableEngagement,
  streamLines,
  versionsSentence,
} from './describe-engagement';

const ENGAGEMENT: DescribableEngagement = {
  ...{ integration: 'shop', name: 'third-purchase', state: 'active' },
  segment: { name: 'buyers', version: 2 },
  action: { externalApi: 'lead', version: 3 },
  ...{ frequency: 'once', onUnknown: 'hold', onResume: 'skip' },
  changes: [],
};

const COUNTS: NonNullable<DescribableEngagement['counts']> = {
  stages: { captured: 1_200, unified: 1_200, entered: 30, sent: 20, accepted: 10, seen: 5 },
  ...{ refused: 1, unknown: 2, setAside: 3 },
  noCall: { paused: 4, merged: 0 },
  latencyMs: { p50: 10, p99: 20, max: 30 },
};

test('an engagement is told with its versions, its rules and what it came to', () => {
  const text = describeEngagement({
    ...ENGAGEMENT,
    goal: 'more loyal people',
    exitAction: { externalApi: 'bye', version: 1 },
    counts: COUNTS,
    countedAt: '2026-11-22T06:00:00Z',
  });
  expect(text.split('\n')).toEqual([
    '**third-purchase** on shop is **active**: who enters is sent',
    '',
    '- goal: more loyal people',
    '- segment buyers v2 → lead v3, on exit bye v1',
    '- once for each person; unknown outcomes: hold; on resume: skip',
    '- 1,200 captured → 1,200 unified → 30 entered → 20 sent → 10 accepted by Braze → 5 seen in Braze, of a sample',
    '- 1 refused, 2 unknown, 3 set aside',
    '- from capture to Braze’s answer: half within 10 ms, 99 % within 20 ms, the slowest 30 ms',
    '- events without a call: 4 entered or left during a pause',
    '- counted at 2026-11-22T06:00:00Z',
    '',
  ]);
});

test('what is left, who waits for what, and what is not looked for', () => {
  const waiting = [{ reason: 'throttled', message: 'Braze answered 429', since: 'noon', shard: 2 } as const];
  const text = describeEngagement({
    ...ENGAGEMENT,
    stream: { backlog: 5_000, waiting, notSeeing: 'switched off' },
  });
  expect(text).toContain('- 5,000 entries of the log are not worked off yet');
  expect(text).toContain(
    '- shard 2 **waits since noon**: Braze has asked for a pause (429) (Braze answered 429). Nobody has to act.',
  );
  expect(text).toContain('- what Braze has accepted is not looked for on the profiles: switched off');
  expect(streamLines({ backlog: 0, waiting: [] })).toEqual([expect.stringContaining('- 0 entries')]);
});

test('without an answer of Braze there is no latency, and without a reason no line of reasons', () => {
  const stages = { ...COUNTS.stages, accepted: 0 };
  const text = describeEngagement({ ...ENGAGEMENT, counts: { ...COUNTS, stages, noCall: {} } });
  expect(text).not.toMatch(/within|without a call/);
});

test('trouble with the counts is told, and that nothing is counted yet', () => {
  const text = describeEngagement(
    { ...ENGAGEMENT, frequency: 'everyTime', state: 'paused' },
    'database away',
  );
  expect(text).toContain(
    '- nothing is counted yet\n- **the counts cannot be read at present**: database away',
  );
  expect(text).toContain('**paused**');
  expect(text).toContain('every time that a person enters');
});

test('the latest five changes are told, the newest last', () => {
  const changes = [1, 2, 3, 4, 5, 6].map((n) => ({ change: 'pause', by: `p${n}`, at: `t${n}` }));
  expect(
    describeEngagement({ ...ENGAGEMENT, changes })
      .split('\n')
      .slice(-5),
  ).toEqual([2, 3, 4, 5, 6].map((n) => `- t${n} pause by p${n}`));
});

test('an activation is told stage by stage, each with what was found', () => {
  expect(
    describeActivation('third-purchase', [
      { stage: 'check', state: 'done', sentence: 'on shop' },
      { stage: 'test', state: 'underWay' },
      { stage: 'activate', state: 'waiting' },
    ]),
  ).toBe(
    '**Engagement third-purchase**\n\n- ✓ Check the input: on shop\n- … Test the External APIs in Braze\n- · Activate',
  );
});

test('parts are told by themselves as they are in the whole', () => {
  const whole = describeEngagement({ ...ENGAGEMENT, counts: COUNTS });
  expect(whole).toContain(`- ${versionsSentence(ENGAGEMENT)}\n`);
  expect(whole).toContain(countLines(COUNTS).join('\n'));
  expect(stageLine({ stage: 'everywhere', state: 'failed', sentence: 'a shard is away' })).toBe(
    '✗ Be active for everybody: a shard is away',
  );
});
