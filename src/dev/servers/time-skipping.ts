import { Connection } from '@temporalio/client';
import { requireServer } from './locate';
import { acceptsConnections, freePort } from './ports';
import { launchServer, retryOnLostPort } from './server-process';

const CONNECT_TIMEOUT_MS = 5_000;

/** Temporal's test server, in which days pass in moments. */
export interface TimeSkippingServer {
  readonly address: string;
  readonly close: () => Promise<void>;
}

async function answers(address: string, port: number): Promise<boolean> {
  // A gRPC client that was refused once waits a second before it tries again.
  if (!(await acceptsConnections(port))) return false;
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
  await connection.close();
  return true;
}

/**
 * Starts the time-skipping server. Its one clock is shared by everything that runs on it, and stands at normal speed
 * until a client unlocks it, so tests that skip time need a server of their own or must take turns.
 */
export async function startTimeSkippingServer(): Promise<TimeSkippingServer> {
  const command = await requireServer('temporal-test-server');
  return retryOnLostPort(async () => {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const { close } = await launchServer({
      name: "Temporal's time-skipping server",
      command,
      args: [String(port)],
      isReady: () => answers(address, port),
    });
    return { address, close };
  });
}
