import { afterDoubt, backoffMs, type CallRequest, CallRetries, isAlone, isGivenUp } from './call-retries';
import { type QueuedCall } from './call-batches';
import { takeApart } from './call-parts';

const request = (size: number, failures: number, more: Partial<CallRequest<number>> = {}) => ({
  calls: Array.from({ length: size }, (_, at) => at),
  failures,
  answersBefore: 0,
  ...more,
});
const sizes = (requests: readonly CallRequest<number>[]) => requests.map(({ calls }) => calls.length);

test('a request is sent whole at first, and halved once others are answered and it is not', () => {
  expect(sizes(afterDoubt(request(5, 0), 9))).toEqual([5]);
  expect(sizes(afterDoubt(request(5, 1), 9))).toEqual([5]);
  const parts = afterDoubt(request(5, 2), 9);
  expect(sizes(parts)).toEqual([3, 2]);
  expect(parts.map((part) => sizes(afterDoubt(part, 10)))).toEqual([
    [2, 1],
    [1, 1],
  ]);
});

test('while nobody is answered one call tries alone now and then, and the others stay together', () => {
  const taken: number[] = [];
  let whole: CallRequest<number> | undefined = request(20, 0);
  for (let tries = 1; tries <= 30; tries += 1) {
    const parts: CallRequest<number>[] = whole === undefined ? [] : afterDoubt(whole, 0);
    if (parts.length > 1) taken.push(tries);
    whole = parts.at(-1);
  }
  expect(taken).toEqual([3, 6, 12, 24]);
  expect(whole?.calls).toHaveLength(16);
});

test('a single call waits alone only where others are answered, and longer', () => {
  expect(afterDoubt(request(1, 5), 0)).toMatchObject([{ aloneTries: 0, failures: 6 }]);
  expect(afterDoubt(request(1, 5), 1)).toMatchObject([{ aloneTries: 1, failures: 6 }]);
  expect(afterDoubt(request(1, 5, { aloneTries: 1 }), 0)).toMatchObject([{ aloneTries: 1 }]);
  expect(backoffMs(request(1, 0), 0.5)).toBe(200);
  expect(backoffMs(request(1, 2), 0.5)).toBe(400);
  expect(backoffMs(request(1, 50), 0.5)).toBe(10_000);
  expect(backoffMs(request(1, 50, { aloneTries: 1 }), 0.5)).toBe(60_000);
});

test('a call that is alone is given up after twelve tries between which others were answered', () => {
  let next: CallRequest<number> | undefined = request(1, 3);
  let tries = 0;
  for (let answers = 0; next !== undefined && !isGivenUp(next); tries += 1) {
    // Where Braze answers nobody for a while, that counts for nothing.
    if (tries % 3 !== 0) answers += 1;
    const left: CallRequest<number>[] = afterDoubt(next, answers);
    next = left[0];
  }
  expect(tries).toBe(18);
  expect(isAlone(request(1, 3))).toBe(false);
});

test('requests wait until they are due and their endpoint is open', () => {
  const parts = takeApart('users.track', { attributes: [{ external_id: 'a' }] }, true);
  if ('problem' in parts) throw new Error(parts.problem);
  const call: QueuedCall = { profileId: '1', parts };
  const retries = new CallRetries();
  retries.add({ calls: [call], failures: 1 }, 100);
  expect(retries.hasAlone).toBe(false);
  retries.add({ calls: [call, call], failures: 3, aloneTries: 1 }, 200);
  expect(retries.calls).toHaveLength(3);
  expect(retries.hasAlone).toBe(true);
  expect(retries.together('users.track')).toBe(1);
  expect(retries.together('canvas.trigger.send')).toBe(0);
  expect(retries.nextAt(0)).toBe(100);
  expect(retries.nextAt(100)).toBe(200);
  expect(retries.take(99, () => true)).toBeUndefined();
  expect(retries.take(150, () => false)).toBeUndefined();
  expect(retries.take(150, (endpoint) => endpoint === 'users.track')?.calls).toEqual([call]);
  expect(retries.take(150, () => true)).toBeUndefined();
  expect(retries.nextAt(200)).toBe(Infinity);
});
