import * as fc from 'fast-check';
import { isSender, matchMail, namedAudiences, type IncomingMail, type WaitingRun } from './mail-matching';
import { runTokenFrom } from './run-token';
import { type ProviderChecks } from './sender-checks';

const TOKEN = runTokenFrom('1a'.repeat(32));
const OTHER_TOKEN = runTokenFrom('2b'.repeat(32));

const run = (over: Partial<WaitingRun> = {}): WaitingRun => ({
  workflowId: 'w1',
  runId: 'r1',
  runToken: TOKEN,
  audience: 'Active customers',
  integration: 'shop',
  allowedSenders: ['notices@platform.example.com'],
  startedAtMs: Date.UTC(2026, 10, 20),
  ...over,
});
const other = run({ workflowId: 'w2', runId: 'r2', runToken: OTHER_TOKEN, audience: 'Lapsed customers' });
const mail = (over: Partial<IncomingMail> = {}): IncomingMail => ({
  from: 'someone@example.com',
  subject: '',
  text: '',
  headers: {},
  ...over,
});
const fromPlatform = (over: Partial<IncomingMail> = {}): IncomingMail =>
  mail({ from: 'Notices@Platform.example.com', ...over });

test('a run token confirms its run from anyone, wherever it stands', () => {
  expect(matchMail(mail({ subject: `Done ${TOKEN}` }), [run(), other])).toEqual({
    matched: true,
    run: run(),
    by: 'token',
  });
  expect(matchMail(mail({ text: `hello\n[${OTHER_TOKEN}]` }), [run(), other])).toMatchObject({
    run: { workflowId: 'w2' },
  });
});

test('an allowed sender confirms the audience it names, in any case and spacing', () => {
  expect(matchMail(fromPlatform({ subject: 'ACTIVE  Customers are fully updated' }), [run(), other])).toEqual(
    {
      matched: true,
      run: run(),
      by: 'name',
    },
  );
  expect(
    matchMail(fromPlatform({ text: 'Your audience "Active\ncustomers" is ready.' }), [run(), other]).matched,
  ).toBe(true);
});

test.each<[string, IncomingMail, WaitingRun[], string]>([
  ['nothing waits', mail({ text: TOKEN }), [], 'nothingWaits'],
  ['another sender', mail({ text: 'Active customers' }), [run()], 'senderNotAllowed'],
  ['no audience named', fromPlatform({ text: 'All is well' }), [run()], 'audienceNotNamed'],
  [
    'only a longer word',
    fromPlatform({ text: 'Inactive customers, Active customership' }),
    [run()],
    'audienceNotNamed',
  ],
  [
    'a joined word',
    fromPlatform({ text: 'Active customers-EU and pre-Active customers' }),
    [run()],
    'audienceNotNamed',
  ],
  [
    'a token of no waiting run, though the audience is named',
    fromPlatform({ text: `Active customers ${OTHER_TOKEN}` }),
    [run()],
    'tokenNotWaiting',
  ],
  [
    'two audiences named',
    fromPlatform({ text: 'Active customers, Lapsed customers' }),
    [run(), other],
    'ambiguous',
  ],
  [
    'two runs of one name',
    fromPlatform({ text: 'Active customers' }),
    [run(), run({ workflowId: 'w3', integration: 'other' })],
    'ambiguous',
  ],
  ['two tokens', mail({ text: `${TOKEN} ${OTHER_TOKEN}` }), [run(), other], 'ambiguous'],
  [
    'a token that is only quoted',
    mail({ text: `No, this is wrong.\n> ${TOKEN}` }),
    [run()],
    'senderNotAllowed',
  ],
  [
    'an absence notice with the token',
    mail({ subject: `Out of office: ${TOKEN}` }),
    [run()],
    'automaticMail',
  ],
  [
    'an absence notice of an allowed sender',
    fromPlatform({ subject: 'Automatic reply: Active customers' }),
    [run()],
    'automaticMail',
  ],
  [
    'a bounce of an allowed sender',
    fromPlatform({ text: 'Active customers', headers: { 'return-path': ['<>'] } }),
    [run()],
    'automaticMail',
  ],
  [
    'a machine that quotes the token',
    mail({ text: TOKEN, headers: { 'auto-submitted': ['auto-generated'] } }),
    [run()],
    'automaticMail',
  ],
  [
    'Brazier itself',
    fromPlatform({ text: 'Active customers', headers: { 'x-brazier-mail': ['x'] } }),
    [run()],
    'automaticMail',
  ],
])('%s confirms nothing', (_name, message, waiting, reason) => {
  expect(matchMail(message, waiting)).toEqual({ matched: false, reason });
});

test("a platform's own notice confirms by name although a machine sent it", () => {
  const notice = fromPlatform({
    text: 'Active customers updated.',
    headers: { 'auto-submitted': ['auto-generated'], precedence: ['bulk'] },
  });
  expect(matchMail(notice, [run(), other])).toMatchObject({ matched: true, by: 'name' });
});

test('a longer waiting name is not its shorter part', () => {
  const longer = run({ workflowId: 'w4', audience: 'Active customers EU' });
  const named = (text: string): string => {
    const match = matchMail(fromPlatform({ text }), [run(), longer]);
    return match.matched ? match.run.workflowId : match.reason;
  };
  expect(named('Active customers EU is ready')).toBe('w4');
  expect(named('Active customers is ready')).toBe('w1');
  expect(named('Active customers EU and Active customers are ready')).toBe('ambiguous');
});

test('a longer name that waits for another sender still is not its shorter part', () => {
  const longer = run({ workflowId: 'w4', audience: 'Active customers EU', allowedSenders: [] });
  expect(matchMail(fromPlatform({ text: 'Active customers EU' }), [run(), longer])).toEqual({
    matched: false,
    reason: 'audienceNotNamed',
  });
});

test.each<[string, string, boolean]>([
  ['a@example.com', 'A@Example.com', true],
  ['@example.com', 'b@example.com', true],
  ['@example.com', 'b@sub.example.com', false],
  ['@example.com', 'b@notexample.com', false],
  ['@example.com', 'a@example.com@evil.example.net', false],
  ['a@example.com', 'aa@example.com', false],
  ['', '', false],
  ['@', 'a@', false],
  ['@example.com', '@example.com', false],
])('sender rule %j and address %j: %s', (allowed, address, expected) => {
  expect(isSender(allowed, address)).toBe(expected);
});

const word = fc.stringMatching(/^[\p{L}\p{N}]{1,8}$/u);

test('a name that stands between blanks is always found, one that is glued to a word never', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), word, word, (words, before, after) => {
      const name = words.join(' ');
      expect(namedAudiences(`${before} ${name} ${after}`, [name]).size).toBe(1);
      fc.pre(
        !`${before}${name}${after}`
          .toLowerCase()
          .normalize('NFC')
          .split(' ')
          .some((part) => part === name.toLowerCase()),
      );
      expect(namedAudiences(`0${name}0`, [name]).size).toBe(0);
    }),
  );
});

test('whatever comes in, only a waiting run that the mail may speak for is confirmed', () => {
  const text = fc.array(
    fc.oneof(word, fc.constantFrom('Active customers', 'Lapsed customers', TOKEN, OTHER_TOKEN, '\n> ')),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('a@example.com', 'notices@platform.example.com'), (words, from) => {
      const body = words.join(' ');
      const match = matchMail(mail({ from, text: body }), [run(), other]);
      fc.pre(match.matched);
      const evidence = match.by === 'token' ? match.run.runToken : match.run.audience;
      expect(body).toContain(evidence);
      if (match.by === 'name') expect(from).toBe('notices@platform.example.com');
    }),
  );
});

describe('what the provider reports', () => {
  const checks = (over: Partial<ProviderChecks> = {}): ProviderChecks => ({
    ...{ spf: 'none', dkim: 'none', dmarc: 'none', spam: 'none', virus: 'none', envelopeFrom: '' },
    ...over,
  });
  const named = (over: Partial<ProviderChecks>): IncomingMail =>
    fromPlatform({ text: 'Active customers', checks: checks(over) });

  test.each<[string, IncomingMail, string]>([
    [
      'an infected mail with the token',
      mail({ text: TOKEN, checks: checks({ virus: 'fail' }) }),
      'unsafeMail',
    ],
    ['spam with the token', mail({ text: TOKEN, checks: checks({ spam: 'fail' }) }), 'unsafeMail'],
    ['an allowed sender that failed', named({ dmarc: 'fail' }), 'senderFailed'],
    ['an allowed sender of whom nothing is known', named({}), 'senderUnproven'],
  ])('%s confirms nothing', (_name, message, reason) => {
    expect(matchMail(message, [run()])).toEqual({ matched: false, reason });
  });

  test('an allowed sender that is proven confirms by name; a token needs no proof of the sender', () => {
    expect(matchMail(named({ dmarc: 'pass' }), [run()])).toMatchObject({ by: 'name' });
    const failed = mail({ text: TOKEN, checks: checks({ dmarc: 'fail', spf: 'fail' }) });
    expect(matchMail(failed, [run()])).toMatchObject({ by: 'token' });
  });
});

describe('a mail that was handed on before a run began', () => {
  const started = Date.UTC(2026, 10, 20);
  const notice = (handedOnAtMs: number, text = 'Active customers'): IncomingMail =>
    fromPlatform({ text, handedOnAtMs });

  test('confirms it neither by name nor by token', () => {
    for (const text of ['Active customers', TOKEN])
      expect(matchMail(notice(started - 1000, text), [run()])).toEqual({
        matched: false,
        reason: 'olderThanRun',
      });
  });

  test('confirms it if that was in the same second: stamps are whole seconds', () => {
    expect(matchMail(notice(started - 999), [run()]).matched).toBe(true);
  });

  test('confirms the run that it is about while a later one of the same name waits', () => {
    const later = run({ workflowId: 'later', startedAtMs: started + 60_000 });
    expect(matchMail(notice(started + 1000), [later, run()])).toMatchObject({ run: { workflowId: 'w1' } });
    expect(matchMail(notice(started + 60_000), [later, run()])).toMatchObject({ reason: 'ambiguous' });
  });

  test('is not taken for one about a shorter name while the longer one waits in a later run', () => {
    const longer = run({ workflowId: 'w4', audience: 'Active customers EU', startedAtMs: started + 60_000 });
    expect(matchMail(notice(started, 'Active customers EU'), [run(), longer])).toEqual({
      matched: false,
      reason: 'audienceNotNamed',
    });
  });
});
