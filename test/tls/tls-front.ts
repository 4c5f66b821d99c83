import { once } from 'node:events';
import {
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type Certificate } from './certificates';

/** A server with TLS in front of one without, as Temporal Cloud looks from outside. */
export interface TlsFront {
  /** `localhost:port`. */
  address: string;
  /** What requests said of who asks. */
  authorizations: Set<string>;
  /** Namespaces that requests named by header, as the clients send them. */
  namespaces: Set<string>;
  close(): Promise<void>;
}

/** Starts it; with `clientCa`, only clients with a certificate of that authority get in. */
export async function startTlsFront(options: {
  target: string;
  server: Certificate;
  clientCa?: string;
}): Promise<TlsFront> {
  const { target, server: own, clientCa } = options;
  const backend = connect(`http://${target}`);
  const sessions = new Set<ServerHttp2Session>();
  const [authorizations, namespaces] = [new Set<string>(), new Set<string>()];
  const server = createSecureServer({
    ...own,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.on('stream', (stream, headers) => {
    if (headers.authorization !== undefined) authorizations.add(headers.authorization);
    const namespace = headers['temporal-namespace'];
    if (typeof namespace === 'string') namespaces.add(namespace);
    forward(stream, headers, backend.request(passedOn(headers)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  return {
    address: `localhost:${typeof bound === 'object' && bound ? bound.port : 0}`,
    authorizations,
    namespaces,
    async close() {
      for (const session of sessions) session.destroy();
      backend.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Without what belongs to this connection, and without the key, which the dev server knows nothing of. */
function passedOn(headers: IncomingHttpHeaders): Record<string, string | string[] | undefined> {
  const own = [':scheme', ':authority', 'authorization'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)));
}

function forward(
  stream: ServerHttp2Stream,
  _headers: IncomingHttpHeaders,
  answer: ReturnType<ReturnType<typeof connect>['request']>,
): void {
  let trailers: IncomingHttpHeaders = {};
  answer.on('response', (head) => stream.respond(head, { waitForTrailers: true }));
  answer.on('trailers', (given: IncomingHttpHeaders) => {
    trailers = given;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('error', () => undefined);
  answer.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  stream.on('aborted', () => answer.close(constants.NGHTTP2_CANCEL));
  stream.pipe(answer);
  answer.pipe(stream);
}
