import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server of PostgreSQL's protocol that lets anybody in, and can go without a word. */
export interface SilentServer {
  url: string;
  /** Once a statement was answered. */
  answered: Promise<void>;
  /** From now on nobody gets more than a login, and no connection is closed. */
  vanish(): void;
  close(): void;
}

const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const LET_IN = Buffer.concat([Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]), READY]);
const DONE = Buffer.concat([Buffer.from([0x43, 0, 0, 0, 11]), Buffer.from('LISTEN\0'), READY]);

/** Starts one that answers each statement as if it had been LISTEN, until it vanishes. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  let isGone = false;
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    let isLetIn = false;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (!isLetIn) socket.write(LET_IN);
      else if (!isGone) socket.write(DONE, () => answer());
      isLetIn = true;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgres://somebody:word@127.0.0.1:${port}/brazier`,
    answered,
    vanish: () => (isGone = true),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
