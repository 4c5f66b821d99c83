import { setTimeout as sleep } from 'node:timers/promises';
import { type BrazeReply } from '../adapters/braze/connection';
import { LocalBudget } from '../adapters/braze/budget';
import { takeApart } from '../domain/stream/call-parts';
import { CallSender } from './call-sender';
import { type BrazeDoor, type SendingCall } from './sending-call';

const NO_CONNECTION: BrazeReply = { kind: 'notSent', reason: 'ECONNREFUSED' };
const KEY_REFUSED: BrazeReply = { kind: 'answer', status: 401, headers: {}, body: '{"message":"no"}' };

function callOf(person: string): SendingCall {
  const parts = takeApart('users.track', { attributes: [{ external_id: person, a: 1 }] }, true);
  if ('problem' in parts) throw new Error(parts.problem);
  return { profileId: person, parts, onUnknown: 'resend', attempts: 0, isMarked: false, mayBeApplied: false };
}

/** A sender through a door of the test's own, and whose calls have ended. */
function sending(send: BrazeDoor['send'], now: () => number, objectsPerRequest = 75) {
  const ended: string[] = [];
  const door: BrazeDoor = {
    objectsPerRequest,
    concurrency: 8,
    requestTimeoutMs: 10_000,
    budget: new LocalBudget(10_000, 8),
    send,
  };
  const sender: CallSender<SendingCall> = new CallSender<SendingCall>(
    {
      open: () => Promise.resolve({ ok: true, value: door }),
      gate: { isOpen: () => true, opened: () => Promise.resolve(true), signal: new AbortController().signal },
      markStarted: () => Promise.resolve(true),
      ended(call) {
        ended.push(call.profileId);
        sender.release([call.profileId]);
      },
      waiting: () => undefined,
      failed(error) {
        throw error;
      },
      now,
      random: () => 0,
    },
    objectsPerRequest,
  );
  return { sender, ended };
}

const TAKEN: BrazeReply = { kind: 'answer', status: 201, headers: {}, body: '{"message":"success"}' };

/**
 * Sends two calls by a clock that goes on by so much more whenever it is looked at, as that of a machine does which is busy with
 * others between any two steps of a program. The first replies are the given ones, all others take everything.
 */
async function delivered(stepMs: number, replies: readonly BrazeReply[]): Promise<string[]> {
  const first = [...replies];
  let looks = 0;
  const { sender, ended } = sending(
    async () => {
      await sleep(1);
      return first.shift() ?? TAKEN;
    },
    () => performance.now() + (looks += 1) * stepMs,
  );
  sender.add([callOf('first')]);
  // Of what it has answered, nothing looks at the clock any more.
  do await sleep(1);
  while (replies.length === 0 && sender.unreleased > 0);
  sender.add([callOf('second')]);
  for (let waits = 0; waits < 300 && sender.unreleased > 0; waits += 1) await sleep(10);
  await sender.stop();
  return ended.sort();
}

/** In groups that run at the same time: more at once would take longer between two looks than the finest of these steps. */
const STEPS_MS = [0.4, 2, 8.5, 37].map((least) => Array.from({ length: 30 }, (_, at) => least * 1.05 ** at));

test.each<[string, BrazeReply[]]>([
  ['a request waits to become full', []],
  ['a request waits for its next try', [NO_CONNECTION]],
  ['Braze refuses the key for a while', [KEY_REFUSED]],
])(
  'no call is left lying where %s, whatever time passes between two looks at the clock',
  async (_name, replies) => {
    const left: number[] = [];
    for (const together of STEPS_MS) {
      const ends = await Promise.all(together.map((stepMs) => delivered(stepMs, replies)));
      left.push(...together.filter((_stepMs, at) => ends[at]?.length !== 2));
    }
    expect(left).toEqual([]);
  },
);

test.each([
  [60, 1],
  [20 * 75, 75],
])(
  '%d calls that Braze always fails at, %d in a request, hold back nobody else',
  async (bad, objectsPerRequest) => {
    const { sender, ended } = sending(
      async (_endpoint, body) => {
        await sleep(1);
        return body.includes('bad') ? { kind: 'answer', status: 500, headers: {}, body: '{}' } : TAKEN;
      },
      () => performance.now(),
      objectsPerRequest,
    );
    sender.add(Array.from({ length: bad }, (_, at) => callOf(`bad${at}`)));
    await sleep(500);
    sender.add(Array.from({ length: 100 }, (_, at) => callOf(`good${at}`)));
    while (ended.length < 100) await sleep(20);
    await sender.stop();
    expect(ended.filter((person) => person.startsWith('bad'))).toEqual([]);
  },
);
