import { type RunOutcome } from '../../contract/phases';
import { amount, duration, shellWord } from './content';
import { sampleResult, sampleStatus } from './run-samples.test-support';
import { createMailTemplates } from './templates';

const render = createMailTemplates();
const EXPIRES = Date.UTC(2026, 10, 24, 9, 30);

test('the completion mail tells numbers, proof, confirmation, segment steps and report', () => {
  const mail = render({ kind: 'completion', result: sampleResult() });
  expect(mail.subject).toBe(
    "Brazier: 'Active customers' is in Braze - 3,817 entered, 0 left - 500 of 500 read back match",
  );
  for (const text of [
    'Entered: 3,817 members',
    'Left: 0 members',
    'Stayed: 0 members',
    'Rejected by Braze: 0 members',
    'Not sent: 0 members',
    'Read back: 500 of 3,817 read back, 500 match',
    'Confirmation: confirmed by ann@example.com on 2026-11-21T10:00:00Z',
    'Make the Braze segment \'Active customers\'\n1. Open Segments.\n2. Add the filter "lexer_audience".',
    'Report (state bucket): integrations/shop/audiences/ab/runs/g4/report.html',
  ]) {
    expect(mail.text).toContain(text);
  }
});

test('entered and left are claimed only where they are known', () => {
  const partial = { accepted: 3000, rejected: 17, unknown: 800, unsent: 0 };
  const vague = render({ kind: 'completion', result: sampleResult({ sent: partial }) });
  expect(vague.subject).toContain('3,000 changes accepted');
  expect(vague.text).not.toContain('Entered:');
  const none = { accepted: 0, rejected: 0, unknown: 0, unsent: 0 };
  const exact = render({
    kind: 'completion',
    result: sampleResult({ sent: partial, sentBy: { add: partial, remove: none } }),
  });
  expect(exact.subject).toContain('3,000 entered, 0 left');
  expect(exact.text).toContain('Rejected by Braze: 17 members');
});

test('what was not read back is not called proven', () => {
  const verification = {
    changed: 3817,
    checked: 0,
    matching: 0,
    late: 0,
    notInBraze: 0,
    atCap: 0,
    skipped: 'the key lacks users.export.ids',
  };
  const mail = render({ kind: 'completion', result: sampleResult({ verification }) });
  expect(mail.subject).not.toContain('match');
  expect(mail.text).toContain('Read back: nothing was read back: the key lacks users.export.ids');
});

test('a failed run says what happened, who acts, and what was done', () => {
  const error = {
    code: 'BRAZE_KEY_REJECTED',
    message: 'Braze answered 401.',
    actor: 'credentialOwner' as const,
  };
  const sent = { accepted: 100, rejected: 0, unknown: 5, unsent: 3712 };
  const mail = render({
    kind: 'ended',
    result: sampleResult({ outcome: 'failed', phase: 'ended', error, sent }),
  });
  expect(mail.subject).toBe(
    "Brazier: 'Active customers' failed - 100 changes accepted - 500 of 500 read back match - BRAZE_KEY_REJECTED",
  );
  for (const text of [
    'Braze answered 401.',
    'The owner of the credentials has to act.',
    'Not sent: 3,712 members',
  ]) {
    expect(mail.text).toContain(text);
    expect(mail.html).toContain(text.split(': ').at(-1));
  }
});

test.each<[RunOutcome, string]>([
  ['done', 'is in Braze'],
  ['nothingToDo', 'is up to date'],
  ['dryRun', 'was planned'],
  ['completedUnverified', 'not fully proven'],
  ['unconfirmed', 'confirmation timed out'],
  ['disputed', 'not right'],
  ['superseded', 'later run'],
  ['notApproved', 'was not approved'],
  ['refused', 'was refused'],
  ['cancelled', 'was cancelled'],
  ['failed', 'failed'],
])('an end as %s says "%s" in its subject', (outcome, words) => {
  expect(render({ kind: 'ended', result: sampleResult({ outcome }) }).subject).toContain(words);
});

test('a run that sent nothing shows no numbers of sending', () => {
  const result = sampleResult({
    outcome: 'notApproved',
    sent: undefined,
    approval: { decision: 'rejected', by: 'Bob' },
  });
  const mail = render({ kind: 'ended', result });
  expect(mail.text).toContain('Would enter: 3,817 members');
  expect(mail.text).toContain('Approval: rejected by Bob');
  expect(mail.text).not.toMatch(/^(Entered|Not sent):/m);
});

test('the confirmation mail carries the link, its end, and what opening it does not do', () => {
  const link = 'https://b.example.com/confirm/abc.def';
  const mail = render({ kind: 'confirmation', status: sampleStatus(), link, expiresAt: EXPIRES });
  expect(mail.subject).toBe("Brazier: please confirm 'Active customers' - 3,817 entered, 0 left");
  expect(mail.text).toContain(link);
  expect(mail.html).toContain(`href="${link}"`);
  expect(mail.text).toContain('Answer until: 2026-11-24 09:30 UTC');
  expect(mail.text).toContain('Opening it confirms nothing');
  expect(render({ kind: 'reminder', status: sampleStatus(), link, expiresAt: EXPIRES }).subject).toMatch(
    /^Reminder - /,
  );
});

test('the mail about an awaited mail tells the token in its body only', () => {
  const mail = render({
    kind: 'awaitedMail',
    status: sampleStatus(),
    runToken: 'brz-token',
    expiresAt: EXPIRES,
  });
  expect(mail.subject).not.toContain('brz-token');
  expect(mail.text).toContain('brz-token');
});

test('the approval mail has reasons, hash, exact commands and the way through the UI', () => {
  const approvalReasons = ['60 % of the ledger would leave.'];
  const plan = { ...sampleStatus().plan!, ledger: 5000, remove: 3000 };
  const mail = render({
    kind: 'approvalNeeded',
    status: sampleStatus({ approvalReasons, plan }),
    timeoutSeconds: 86_400,
  });
  const hash = sampleStatus().planHash!;
  expect(mail.subject).toBe(
    "Brazier: 'Active customers' needs your approval - 3,817 would enter, 3,000 would leave",
  );
  for (const text of [
    '60 % of the ledger would leave.',
    'within 1 day it counts as rejected',
    `brazier approve 'activate active customers' --plan-hash ${hash} --by 'Your Name'`,
    `brazier reject 'activate active customers' --plan-hash ${hash} --by 'Your Name'`,
    `{"planHash":"${hash}","by":"Your Name"}`,
  ]) {
    expect(mail.text).toContain(text);
  }
});

test('whatever an audience is called, it is text in HTML and one line in the subject', () => {
  const audience = `<img src=x onerror="alert(1)"> {{ mail.reason }}\n'&`;
  const mail = render({ kind: 'completion', result: sampleResult({ audience }) });
  expect(mail.html).not.toContain('<img');
  expect(mail.html).toContain('&lt;img src=x onerror=&#34;alert(1)&#34;&gt; {{ mail.reason }}');
  expect(mail.text).toContain(audience);
  expect(mail.subject).not.toContain('\n');
  expect(
    render({ kind: 'completion', result: sampleResult({ audience: 'x'.repeat(255) }) }).subject.length,
  ).toBeLessThanOrEqual(200);
});

test('numbers, durations and commands read well', () => {
  expect([amount(1, 'member'), amount(1234567, 'member'), amount(0, 'member')]).toEqual([
    '1 member',
    '1,234,567 members',
    '0 members',
  ]);
  expect([0, 59, 3600, 5400, 259_200, 90_061].map(duration)).toEqual([
    '0 seconds',
    '59 seconds',
    '1 hour',
    '1 hour 30 minutes',
    '3 days',
    '1 day 1 hour',
  ]);
  expect([shellWord('a/b-1'), shellWord("it's; rm -rf /")]).toEqual(['a/b-1', `'it'\\''s; rm -rf /'`]);
});
