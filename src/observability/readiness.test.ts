import { fault, success } from '../contract/errors';
import { createReadiness, type ReadinessCheck } from './readiness';

const good: ReadinessCheck = { name: 'good', run: () => Promise.resolve(success(undefined)) };
const lasting = { timeoutMs: 20, isStopping: () => false };

test('ready when every check holds', async () => {
  const readiness = createReadiness({ ...lasting, checks: [good] });
  expect(await readiness()).toEqual({ status: 'ready', checks: [{ name: 'good', ok: true }] });
});

test('names each check that does not hold, by code and without its words', async () => {
  const checks: ReadinessCheck[] = [
    good,
    { name: 'faulty', run: () => Promise.resolve(fault('S3_ACCESS_DENIED', 'hush')) },
    { name: 'thrown', run: () => Promise.reject(new Error('hush')) },
    { name: 'silent', run: () => new Promise(() => undefined) },
  ];
  const answer = await createReadiness({ ...lasting, checks })();
  expect(answer).toEqual({
    status: 'notReady',
    checks: [
      { name: 'good', ok: true },
      { name: 'faulty', ok: false, code: 'S3_ACCESS_DENIED' },
      { name: 'thrown', ok: false, code: 'FAILED' },
      { name: 'silent', ok: false, code: 'TIMED_OUT' },
    ],
  });
  expect(JSON.stringify(answer)).not.toContain('hush');
});

test('a check that was given up learns of it', async () => {
  let seen: AbortSignal | undefined;
  const checks: ReadinessCheck[] = [
    { name: 'silent', run: (signal) => new Promise(() => void (seen = signal)) },
  ];
  await createReadiness({ ...lasting, checks })();
  expect(seen?.aborted).toBe(true);
});

test('however many ask, what is asked about is asked once for a while', async () => {
  let [asked, nowMs] = [0, 0];
  const counting: ReadinessCheck = { name: 'counting', run: () => Promise.resolve(success((asked += 1))) };
  const readiness = createReadiness({ ...lasting, checks: [counting], keptMs: 1_000, now: () => nowMs });
  await Promise.all(Array.from({ length: 50 }, readiness));
  expect(asked).toBe(1);
  nowMs = 999;
  await readiness();
  expect(asked).toBe(1);
  nowMs = 1_000;
  await readiness();
  expect(asked).toBe(2);
});

test('a process that stops is not ready at once, whatever was true a moment ago', async () => {
  let stopping = false;
  const readiness = createReadiness({ checks: [good], isStopping: () => stopping });
  expect((await readiness()).status).toBe('ready');
  stopping = true;
  expect((await readiness()).status).toBe('stopping');
});
