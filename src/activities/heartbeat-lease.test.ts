import { HeartbeatLease, type BeatAnswer } from './heartbeat-lease';

/** One heartbeat under way, to be answered by the test. */
interface Beat {
  answer(answer: BeatAnswer): void;
  fail(): void;
}

const BOUND_MS = 100;

/** A lease on a clock that stands still until it is set; heartbeats follow each other without a pause. */
function newLease() {
  const clock = { ms: 1_000, epochMs: 1_700_000_000_000 };
  const beats: Beat[] = [];
  let arrived: () => void = () => undefined;
  const lease = new HeartbeatLease({
    beat: () =>
      new Promise((resolve, reject) => {
        beats.push({ answer: resolve, fail: () => reject(new Error('no connection')) });
        arrived();
      }),
    intervalMs: 0,
    boundMs: BOUND_MS,
    now: () => clock.ms,
    epochMs: () => clock.epochMs,
  });
  const nextBeat = async (): Promise<Beat> => {
    while (beats.length === 0) await new Promise<void>((resolve) => (arrived = resolve));
    return beats.shift()!;
  };
  return { lease, clock, nextBeat, beats };
}

/** Lets everything that is ready run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('the gate is closed before the first heartbeat is acknowledged', async () => {
  const { lease, nextBeat } = newLease();
  expect(lease.isOpen()).toBe(false);
  lease.start();
  const beat = await nextBeat();
  expect(lease.isOpen()).toBe(false);
  beat.answer('acknowledged');
  await settle();
  expect(lease.isOpen()).toBe(true);
  (await nextBeat()).answer('acknowledged');
  await lease.close();
});

test('the bound counts from before the heartbeat was sent, not from its acknowledgement', async () => {
  const { lease, clock, nextBeat } = newLease();
  lease.start();
  const beat = await nextBeat();
  clock.ms += 60;
  beat.answer('acknowledged');
  const second = await nextBeat();
  clock.ms = 1_000 + BOUND_MS;
  expect(lease.isOpen()).toBe(true);
  clock.ms += 1;
  expect(lease.isOpen()).toBe(false);
  second.answer('acknowledged');
  await settle();
  // The second began at 1060: its acknowledgement is good until 1160, however late it came.
  expect(lease.isOpen()).toBe(true);
  clock.ms = 1_160;
  expect(lease.isOpen()).toBe(true);
  clock.ms = 1_161;
  expect(lease.isOpen()).toBe(false);
  void lease.close();
});

test('a machine that slept finds the gate closed, though its monotonic clock stood still meanwhile', async () => {
  const { lease, clock, nextBeat } = newLease();
  lease.start();
  (await nextBeat()).answer('acknowledged');
  const second = await nextBeat();
  clock.epochMs += BOUND_MS;
  expect(lease.isOpen()).toBe(true);
  clock.epochMs += 1;
  expect(lease.isOpen()).toBe(false);
  // This one was under way all the time that the machine slept.
  second.answer('acknowledged');
  const third = await nextBeat();
  expect(lease.isOpen()).toBe(false);
  third.answer('acknowledged');
  await settle();
  expect(lease.isOpen()).toBe(true);
  // A clock that is set back opens nothing for longer.
  clock.epochMs -= 3_600_000;
  clock.ms += BOUND_MS + 1;
  expect(lease.isOpen()).toBe(false);
  void lease.close();
});

test('an acknowledgement that took longer than the bound opens nothing', async () => {
  const { lease, clock, nextBeat } = newLease();
  lease.start();
  const beat = await nextBeat();
  clock.ms += BOUND_MS + 1;
  beat.answer('acknowledged');
  await nextBeat();
  expect(lease.isOpen()).toBe(false);
  void lease.close();
});

test('heartbeats that cannot be delivered close the gate by and by, and the next acknowledgement opens it for who waits', async () => {
  const { lease, clock, nextBeat } = newLease();
  lease.start();
  (await nextBeat()).answer('acknowledged');
  (await nextBeat()).fail();
  expect(lease.isOpen()).toBe(true);
  clock.ms += BOUND_MS + 1;
  const opened: boolean[] = [];
  const waiting = [lease.opened(), lease.opened()].map((open) => open.then((value) => opened.push(value)));
  (await nextBeat()).fail();
  await settle();
  expect(opened).toEqual([]);
  expect(lease.ended).toBeUndefined();
  (await nextBeat()).answer('acknowledged');
  await Promise.all(waiting);
  expect(opened).toEqual([true, true]);
  void lease.close();
});

test('heartbeats go on after it has ended, until it is closed: what is in flight still has to be recorded', async () => {
  const { lease, nextBeat, beats } = newLease();
  lease.start();
  (await nextBeat()).answer('cancelled');
  expect(lease.signal.aborted).toBe(false);
  (await nextBeat()).answer('acknowledged');
  expect(lease.signal.aborted).toBe(true);
  expect(lease.isOpen()).toBe(false);
  lease.end('cancelled');
  (await nextBeat()).answer('cancelled');
  await settle();
  const last = await nextBeat();
  const closing = lease.close();
  last.answer('acknowledged');
  await closing;
  await settle();
  expect(beats).toEqual([]);
});

test('no heartbeat follows once it was found lost elsewhere', async () => {
  const { lease, nextBeat, beats } = newLease();
  lease.start();
  const beat = await nextBeat();
  lease.end('lost');
  beat.answer('acknowledged');
  await settle();
  await settle();
  expect(lease.isOpen()).toBe(false);
  expect(beats).toEqual([]);
});

test.each(['cancelled', 'lost'] as const)('a heartbeat answered "%s" ends it for good', async (answer) => {
  const { lease, nextBeat } = newLease();
  lease.start();
  (await nextBeat()).answer('acknowledged');
  await settle();
  const beat = await nextBeat();
  beat.answer(answer);
  await settle();
  expect(lease.isOpen()).toBe(false);
  expect(lease.ended).toBe(answer);
  await expect(lease.opened()).resolves.toBe(false);
  void lease.close();
  expect(lease.ended).toBe(answer);
});

test('who waits is told that it will never open again', async () => {
  const { lease, nextBeat } = newLease();
  lease.start();
  const waiting = [lease.opened(), lease.opened()];
  (await nextBeat()).answer('lost');
  await expect(Promise.all(waiting)).resolves.toEqual([false, false]);
});

test('who asks while it is open need not wait', async () => {
  const { lease, nextBeat } = newLease();
  lease.start();
  (await nextBeat()).answer('acknowledged');
  await settle();
  await expect(lease.opened()).resolves.toBe(true);
  lease.end('cancelled');
  await expect(lease.opened()).resolves.toBe(false);
});

test('closing waits for the heartbeat under way, and its acknowledgement opens nothing any more', async () => {
  const { lease, nextBeat, beats } = newLease();
  lease.start();
  const beat = await nextBeat();
  let closed = false;
  const closing = lease.close().then(() => (closed = true));
  await settle();
  expect(closed).toBe(false);
  beat.answer('acknowledged');
  await closing;
  expect(lease.isOpen()).toBe(false);
  expect(lease.ended).toBe('closed');
  await settle();
  expect(beats).toEqual([]);
});

test('closing between two heartbeats sends no other', async () => {
  const { lease, nextBeat, beats } = newLease();
  lease.start();
  (await nextBeat()).answer('acknowledged');
  // The acknowledgement is taken in before timers run, so the next heartbeat is not under way yet.
  await Promise.resolve();
  await lease.close();
  await settle();
  await settle();
  expect(beats).toEqual([]);
});
