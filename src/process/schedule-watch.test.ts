import { repeat } from './schedule-watch';

/** Work that ends when it is told to, and how often it has begun. */
function slowWork() {
  const seen = { begun: 0, end: (): void => undefined };
  const first = new Promise<void>((resolve) => (seen.end = resolve));
  const work = () => {
    seen.begun += 1;
    return seen.begun === 1 ? first : Promise.resolve();
  };
  return { seen, work };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

test('no turn begins while one is under way; afterwards they go on', async () => {
  const { seen, work } = slowWork();
  const looks = repeat(work, { everyMs: 5, closeTimeoutMs: 60_000 });
  await until(() => seen.begun === 1);
  await sleep(100);
  expect(seen.begun).toBe(1);
  seen.end();
  await until(() => seen.begun > 2);
  await looks.close();
});

test('closing waits for the turn under way and begins none', async () => {
  const { seen, work } = slowWork();
  const looks = repeat(work, { everyMs: 5, closeTimeoutMs: 60_000 });
  await until(() => seen.begun === 1);
  let closed = false;
  const closing = looks.close().then(() => (closed = true));
  await sleep(50);
  expect(closed).toBe(false);
  seen.end();
  await closing;
  const { begun } = seen;
  await sleep(50);
  expect(seen.begun).toBe(begun);
});

test('closing does not wait for ever for a turn that hangs', async () => {
  const { seen, work } = slowWork();
  const looks = repeat(work, { everyMs: 5, closeTimeoutMs: 50 });
  await until(() => seen.begun === 1);
  await looks.close();
  expect(seen.begun).toBe(1);
  seen.end();
});
