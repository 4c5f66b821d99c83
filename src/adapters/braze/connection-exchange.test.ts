import { setTimeout as sleep } from 'node:timers/promises';
import { Dispatcher } from 'undici';
import { exchange } from './connection-exchange';

const REQUEST = { method: 'POST', path: '/users/track', body: '{}' } as const;
const TIMEOUT_MS = 20;

/** Hands a request to its socket when it is told to, as a pool does whose connections are all in use. */
class BusyDispatcher extends Dispatcher {
  readonly aborted: string[] = [];
  private handler: Dispatcher.DispatchHandler | undefined;

  override dispatch(_request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.handler = handler;
    return true;
  }

  /** A connection is free. */
  start(): void {
    const { handler, aborted } = this;
    const controller: Dispatcher.DispatchController = {
      ...{ aborted: false, paused: false, reason: null },
      abort(reason) {
        aborted.push(reason.message);
        handler?.onResponseError?.(controller, reason);
      },
      pause: () => undefined,
      resume: () => undefined,
    };
    handler?.onRequestStart?.(controller, undefined);
    if (aborted.length > 0) return;
    handler?.onResponseStart?.(controller, 201, {}, 'Created');
    handler?.onResponseEnd?.(controller, {});
  }
}

/** What a frozen process does: time passes and not one timer runs. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('a request that waited for a connection is sent in its time', async () => {
  const dispatcher = new BusyDispatcher();
  const replied = exchange(dispatcher, REQUEST, 10_000);
  dispatcher.start();
  expect(await replied).toMatchObject({ kind: 'answer', status: 201 });
});

test('a request whose time has passed in the queue never leaves', async () => {
  const dispatcher = new BusyDispatcher();
  const replied = exchange(dispatcher, REQUEST, TIMEOUT_MS);
  expect(await replied).toMatchObject({ kind: 'notSent' });
  dispatcher.start();
  expect(dispatcher.aborted).toEqual(['expired in the queue']);
});

test('nor does it where the process stood still, and a socket is ready before the timers run', async () => {
  const dispatcher = new BusyDispatcher();
  const replied = exchange(dispatcher, REQUEST, TIMEOUT_MS);
  standStill(2 * TIMEOUT_MS);
  dispatcher.start();
  expect(await replied).toEqual({ kind: 'notSent', reason: 'expired in the queue' });
  await sleep(TIMEOUT_MS);
  expect(dispatcher.aborted).toEqual(['expired in the queue']);
});
