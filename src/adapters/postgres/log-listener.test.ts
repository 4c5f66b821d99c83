import { setTimeout as sleep } from 'node:timers/promises';
import { startSilentServer } from '../../../test/postgres/silent-server';
import { createLogListener } from './log-listener';

test('a listener closes though its server has gone silent', async () => {
  const server = await startSilentServer();
  const listener = createLogListener(server.url);
  try {
    await server.answered;
    // The answer still has to be read: what waits for one is dropped at once anyway.
    await sleep(300);
    server.vanish();
    const closed = listener.close().then(() => 'closed');
    expect(await Promise.race([closed, sleep(20_000, 'still closing', { ref: false })])).toBe('closed');
  } finally {
    server.close();
  }
}, 30_000);
