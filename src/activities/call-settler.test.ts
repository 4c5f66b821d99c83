import { type CallVerdict, withoutAnswer } from '../domain/stream/call-answer';
import { takeApart } from '../domain/stream/call-parts';
import { type CallRequest } from '../domain/stream/call-retries';
import { type CallEndpoint } from '../domain/stream/vocabulary';
import { CallSettler } from './call-settler';
import { type CallEnd, type SendingCall } from './sending-call';
import { SendingWaits } from './sending-waits';

type Call = SendingCall & { name: string };

/** A call that counts something up: twice is not once. */
function callOf(name: string, onUnknown: 'hold' | 'resend' = 'hold'): Call {
  const parts = takeApart('users.track', { events: [{ external_id: name, name: 'noted' }] }, false);
  if ('problem' in parts) throw new Error(parts.problem);
  return {
    name,
    profileId: name,
    parts,
    onUnknown,
    attempts: 1,
    isMarked: true,
    mayBeApplied: false,
  };
}

/** What a verdict has led to. */
interface Seen {
  ends: Record<string, CallEnd>;
  again: { names: string[]; failures: number; isLater: boolean }[];
  putBack: string[];
  held: (CallEndpoint | 'everything')[];
  answered: number;
  tooLarge: number;
  waiting: string | undefined;
}
const NOTHING: Seen = {
  ends: {},
  again: [],
  putBack: [],
  held: [],
  answered: 0,
  tooLarge: 0,
  waiting: undefined,
};

function settled(calls: readonly Call[], verdict: CallVerdict, more: Partial<CallRequest<Call>> = {}): Seen {
  const seen: Seen = { ...NOTHING, ends: {}, again: [], putBack: [], held: [] };
  const namesOf = (some: readonly Call[]) => some.map(({ name }) => name);
  const settler = new CallSettler<Call>({
    door: {
      hold: (endpoint) => void seen.held.push(endpoint ?? 'everything'),
      answered: () => void (seen.answered += 1),
    },
    waits: new SendingWaits((fault) => (seen.waiting = fault?.code)),
    ended: ({ name }, end) => void (seen.ends[name] = end),
    again: (request: CallRequest<Call>, afterMs) =>
      void seen.again.push({
        names: namesOf(request.calls),
        failures: request.failures,
        isLater: afterMs > 0,
      }),
    putBack: (some) => void seen.putBack.push(...namesOf(some)),
    tooLarge: () => void (seen.tooLarge += 1),
    random: () => 0,
  });
  settler.settle({ calls, failures: 0, ...more }, verdict);
  return seen;
}

const [A, B, C] = [callOf('a'), callOf('b'), callOf('c')];
const stop = (code: Extract<CallVerdict, { kind: 'stop' }>['code']): CallVerdict => ({
  kind: 'stop',
  code,
  reason: 'no',
});
const perCall = (verdict: Partial<Extract<CallVerdict, { kind: 'perCall' }>>): CallVerdict => ({
  kind: 'perCall',
  refused: new Map(),
  ambiguous: new Set(),
  isAccepted: true,
  ...verdict,
});

test.each<[string, readonly Call[], CallVerdict, Partial<Seen>]>([
  [
    'a 429 is sent again whole, when the budget gives leave',
    [A, B],
    { kind: 'throttled' },
    { again: [{ names: ['a', 'b'], failures: 0, isLater: false }], waiting: 'BRAZE_RATE_LIMITED' },
  ],
  [
    'what never left is sent again later',
    [A, B],
    { kind: 'notSent', reason: 'ECONNREFUSED' },
    { again: [{ names: ['a', 'b'], failures: 1, isLater: true }], waiting: 'BRAZE_UNAVAILABLE' },
  ],
  [
    'a lost answer leaves unknown what must not be repeated, and nothing waits for it',
    [A, B],
    withoutAnswer('ECONNRESET'),
    {
      ends: {
        a: { state: 'unknown', reason: 'ECONNRESET' },
        b: { state: 'unknown', reason: 'ECONNRESET' },
      },
    },
  ],
  [
    'a refused key stops everything, and the calls are the first to go',
    [A, B],
    stop('BRAZE_KEY_REJECTED'),
    { putBack: ['a', 'b'], held: ['everything'], waiting: 'BRAZE_KEY_REJECTED' },
  ],
  [
    'a permission that is missing stops one endpoint',
    [A, B],
    stop('BRAZE_PERMISSION_MISSING'),
    { putBack: ['a', 'b'], held: ['users.track'], waiting: 'BRAZE_PERMISSION_MISSING' },
  ],
  [
    'too many objects: smaller requests from now on, and this one in halves',
    [A, B, C],
    stop('BRAZE_BATCH_TOO_LARGE'),
    {
      answered: 1,
      tooLarge: 1,
      again: [
        { names: ['a', 'b'], failures: 0, isLater: false },
        { names: ['c'], failures: 0, isLater: false },
      ],
    },
  ],
  [
    'a single call of too many objects is refused, and holds nobody back',
    [A],
    stop('BRAZE_BATCH_TOO_LARGE'),
    { ends: { a: { state: 'refused', reason: 'no' } }, answered: 1 },
  ],
  [
    'several that are refused together are halved',
    [A, B],
    { kind: 'refusedWhole', reason: 'no' },
    {
      answered: 1,
      again: [
        { names: ['a'], failures: 0, isLater: false },
        { names: ['b'], failures: 0, isLater: false },
      ],
    },
  ],
  [
    'a single one that is refused has its end',
    [A],
    { kind: 'refusedWhole', reason: 'no' },
    { answered: 1, ends: { a: { state: 'refused', reason: 'no' } } },
  ],
  [
    'each has the end that Braze names',
    [A, B],
    perCall({ refused: new Map([[1, 'no']]) }),
    { answered: 1, ends: { a: { state: 'delivered' }, b: { state: 'refused', reason: 'no' } } },
  ],
  [
    'one of a refused request that is not named is asked for again, by itself',
    [A, B],
    perCall({ refused: new Map([[0, 'no']]), ambiguous: new Set([1]), isAccepted: false }),
    {
      answered: 1,
      ends: { a: { state: 'refused', reason: 'no' } },
      again: [{ names: ['b'], failures: 0, isLater: false }],
    },
  ],
  [
    'where the others were accepted, nobody knows of those that may have been refused',
    [A, B],
    perCall({ ambiguous: new Set([0, 1]) }),
    {
      answered: 1,
      ends: {
        a: { state: 'unknown', reason: 'Braze refused some of a request and did not say which' },
        b: { state: 'unknown', reason: 'Braze refused some of a request and did not say which' },
      },
    },
  ],
  [
    'a single call that may be repeated and was refused in part is refused',
    [callOf('a', 'resend')],
    perCall({ ambiguous: new Set([0]) }),
    {
      answered: 1,
      ends: { a: { state: 'refused', reason: 'Braze refused some of a request and did not say which' } },
    },
  ],
])('%s', (_what, calls, verdict, expected) => {
  expect(settled(calls, verdict)).toEqual({ ...NOTHING, ...expected });
});

test('of a lost answer, what may be repeated is sent again later and those that may not are unknown', () => {
  const seen = settled([callOf('a', 'resend'), B], withoutAnswer('ECONNRESET'));
  expect(seen).toMatchObject({
    ends: { b: { state: 'unknown' } },
    again: [{ names: ['a'], failures: 1, isLater: true }],
    waiting: 'BRAZE_UNAVAILABLE',
  });
});

test('a call that Braze fails at again and again while it answers others is set aside for a person', () => {
  const fails: CallVerdict = { kind: 'uncertain', reason: 'Braze answered 500', mayStillRun: false };
  const request = { failures: 20, answersBefore: -1 };
  expect(settled([callOf('a', 'resend')], fails, { ...request, aloneTries: 10 })).toMatchObject({
    ends: {},
    again: [{ names: ['a'], failures: 21, isLater: true }],
  });
  expect(settled([callOf('a', 'resend')], fails, { ...request, aloneTries: 11 })).toEqual({
    ...NOTHING,
    ends: {
      a: {
        state: 'unknown',
        reason: 'Braze answered 500, 12 times in a row, and answered others meanwhile',
      },
    },
  });
});
