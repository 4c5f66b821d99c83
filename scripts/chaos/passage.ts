import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Where a request through the passage is just now. */
export type PassageMoment = 'before' | 'halfway' | 'after';

/** One look at a request; it goes on when the answer has resolved. */
export type Watch = (moment: PassageMoment, method: string, path: string, door: string) => Promise<void>;

/** Doors to an object store: whoever uses one is known by it, and each request can be watched and held on its way. */
export class Passage {
  private readonly servers: Server[] = [];
  private store = '';
  private readonly watch: Watch;

  constructor(watch: Watch) {
    this.watch = watch;
  }

  /** Requests are passed on to this store, headers and all, so that their signatures hold. */
  leadTo(endpoint: string): void {
    this.store = endpoint;
  }

  /** Opens a door on a free port; answers its URL. */
  async openDoor(name: string): Promise<string> {
    const server = createServer((req, res) => {
      this.pass(name, req, res).catch(() => res.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.servers.push(server);
    // A server that listens on TCP has an address of this shape.
    const { port } = server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** Shuts all doors, whoever stands in them. */
  async close(): Promise<void> {
    await Promise.all(
      this.servers.map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
          }),
      ),
    );
  }

  private async pass(door: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = req;
    const sent = await buffer(req);
    const path = decodeURIComponent(url.split('?')[0] ?? '');
    await this.watch('before', method, path, door);
    // Whoever was killed meanwhile has not sent it.
    if (req.socket.destroyed) return;
    const answer = await this.ask(req, sent);
    const body = await buffer(answer);
    await this.watch('after', method, path, door);
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    res.write(body.subarray(0, body.length >> 1));
    await this.watch('halfway', method, path, door);
    res.end(body.subarray(body.length >> 1));
  }

  private ask(
    { method = 'GET', url = '/', headers }: IncomingMessage,
    body: Buffer,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request(new URL(url, this.store), { method, headers }, resolve).once('error', reject).end(body);
    });
  }
}
