import { endedWell, finishedOutcome, summarise, type SummaryFacts } from './run-summary';
import { type RunOutcome } from './vocabulary';

describe('the outcome of finished data', () => {
  const LATE = { late: 1 };
  const SKIPPED = { late: 0, skipped: 'no scope' };
  const BROKEN = { late: 0, incomplete: 'Braze stopped answering' };
  const PROVEN = { late: 0 };
  test.each([
    ['notRight', LATE, false, 'disputed'],
    ['notRight', SKIPPED, true, 'disputed'],
    ['timedOut', LATE, false, 'unconfirmed'],
    ['superseded', SKIPPED, true, 'superseded'],
    ['right', LATE, false, 'completedUnverified'],
    ['right', BROKEN, false, 'completedUnverified'],
    ['notAsked', SKIPPED, false, 'completedUnverified'],
    ['right', SKIPPED, true, 'superseded'],
    ['notAsked', LATE, true, 'superseded'],
    ['right', PROVEN, true, 'done'],
    ['right', PROVEN, false, 'done'],
    ['notAsked', PROVEN, false, 'done'],
  ] as const)('%s with %j, superseded %s, is %s', (answer, proof, superseded, outcome) => {
    expect(finishedOutcome(answer, proof, superseded)).toBe(outcome);
  });
});

test('only three outcomes need nobody to look', () => {
  const well: RunOutcome[] = ['done', 'nothingToDo', 'dryRun'];
  const notWell: RunOutcome[] = [
    'refused',
    'notApproved',
    'unconfirmed',
    'disputed',
    'completedUnverified',
    'superseded',
    'cancelled',
    'failed',
  ];
  expect(well.filter(endedWell)).toEqual(well);
  expect(notWell.filter(endedWell)).toEqual([]);
});

describe('the last sentence about a run', () => {
  const facts: SummaryFacts = {
    outcome: 'done',
    audience: 'VIP',
    attribute: 'lexer_audience',
    plan: {
      ledger: 5_000,
      source: 12_345,
      add: 10_000,
      remove: 2_655,
      stay: 2_345,
      notOurs: 0,
      leaversKept: 0,
      unsureRetried: 0,
    },
    sent: { accepted: 12_000, rejected: 0, unknown: 0, unsent: 0 },
    verification: { checked: 200, matching: 199 },
    sentNothing: false,
  };
  const moved = '"VIP" on lexer_audience: 10,000 to enter, 2,655 to leave, 12,000 accepted';
  const failure = { message: 'Braze answered 401' };

  test.each<[Partial<SummaryFacts>, string]>([
    [{}, `${moved}; 200 read back, 199 match.`],
    [
      { outcome: 'unconfirmed' },
      `${moved}; 200 read back, 199 match. Nobody confirmed in time; the data stands.`,
    ],
    [
      { outcome: 'disputed' },
      `${moved}; 200 read back, 199 match. A person said that it is not right; the data stands, look into it.`,
    ],
    [
      {
        outcome: 'completedUnverified',
        verification: { checked: 3, matching: 3, skipped: 'Braze was away' },
      },
      `${moved}; nothing read back (Braze was away). Not everything was proven by reading back.`,
    ],
    [{ verification: undefined }, `${moved}; nothing read back.`],
    [
      { verification: { checked: 200, matching: 190, notInBraze: 10 } },
      `${moved}; 200 read back, 190 match, 10 not in Braze.`,
    ],
    [
      { outcome: 'failed', error: { message: 'A sentence.' }, sent: undefined, sentNothing: true },
      '"VIP" on lexer_audience: failed; A sentence. Nothing was sent.',
    ],
    [
      { sent: { accepted: 12_000, rejected: 1_200, unknown: 3, unsent: 4 } },
      `${moved}, 1,200 rejected by Braze, 7 without a known outcome; 200 read back, 199 match.`,
    ],
    [
      { outcome: 'superseded' },
      `${moved}; a later run began to send before this one was proven; 200 read back, 199 match.`,
    ],
    [
      { outcome: 'nothingToDo', nothingToDoReason: 'everybody holds the value already' },
      '"VIP" on lexer_audience: nobody was moved: everybody holds the value already.',
    ],
    [{ outcome: 'nothingToDo' }, '"VIP" on lexer_audience: nobody was moved: nothing to do.'],
    [
      { outcome: 'dryRun' },
      '"VIP" on lexer_audience: dry run; 10,000 would enter, 2,655 would leave, 2,345 would stay. Nothing was sent.',
    ],
    [
      { outcome: 'dryRun', plan: undefined },
      '"VIP" on lexer_audience: dry run; 0 would enter, 0 would leave, 0 would stay. Nothing was sent.',
    ],
    [{ outcome: 'notApproved' }, '"VIP" on lexer_audience: the plan was not approved. Nothing was sent.'],
    [
      { outcome: 'cancelled' },
      '"VIP" on lexer_audience: cancelled. Until then: 10,000 to enter, 2,655 to leave, 12,000 accepted.',
    ],
    [
      { outcome: 'cancelled', sent: undefined, sentNothing: true },
      '"VIP" on lexer_audience: cancelled. Nothing was sent.',
    ],
    [
      { outcome: 'failed', error: failure },
      '"VIP" on lexer_audience: failed; Braze answered 401. Until then: 10,000 to enter, 2,655 to leave, 12,000 accepted.',
    ],
    [
      { outcome: 'refused', error: failure, sent: undefined, sentNothing: true },
      '"VIP" on lexer_audience: refused; Braze answered 401. Nothing was sent.',
    ],
    [
      { outcome: 'failed', sent: undefined, plan: undefined, sentNothing: true },
      '"VIP" on lexer_audience: failed; no reason given. Nothing was sent.',
    ],
    [
      { outcome: 'cancelled', sent: undefined },
      '"VIP" on lexer_audience: cancelled. What had been sent is not known here; the next run finds out before it does anything else.',
    ],
    [
      { plan: undefined, sent: undefined },
      '"VIP" on lexer_audience: 0 to enter, 0 to leave, 0 accepted; 200 read back, 199 match.',
    ],
  ])('%j', (change, sentence) => {
    expect(summarise({ ...facts, ...change })).toBe(sentence);
  });
});

test('a proof that broke off says how far it came', () => {
  const verification = { checked: 312, matching: 310, notInBraze: 2, incomplete: 'Braze stopped answering.' };
  const sentence = summarise({
    outcome: 'completedUnverified',
    audience: 'VIP',
    attribute: 'lexer_audience',
    sentNothing: false,
    verification,
  });
  expect(sentence).toContain('312 read back, 310 match, 2 not in Braze; then Braze stopped answering.');
  expect(sentence).toContain('Not everything was proven');
});
