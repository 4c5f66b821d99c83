import { Socket } from 'node:net';
import { type Client } from 'pg';

/** A server that is there answers a goodbye at once. */
const GOODBYE_MS = 2_000;

/** Says goodbye and waits a little for it to be heard; then the connection is dropped, since its server may have gone. */
export async function endConnection(client: Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      socketOf(client)?.destroy();
      resolve();
    }, GOODBYE_MS);
  });
  await Promise.race([client.end().catch(() => undefined), patience]);
  clearTimeout(timer);
}

/** What `pg` has and its types do not tell: the way to let go of a socket to which nobody answers. */
function socketOf(client: Client): Socket | undefined {
  const connection: unknown = 'connection' in client ? client.connection : undefined;
  if (typeof connection !== 'object' || connection === null || !('stream' in connection)) return undefined;
  return connection.stream instanceof Socket ? connection.stream : undefined;
}
