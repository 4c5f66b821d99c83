import { createServer, type Server } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { type BrazeConnection, createBrazeConnection } from './connection';

const KEY = 'k-0123456789-secret';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function portOf(server: Server | TcpServer): number {
  return (server.address() as AddressInfo).port;
}

async function listen(server: Server | TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  return portOf(server);
}

function connect(
  port: number,
  options: { requestTimeoutMs?: number; connections?: number } = {},
): BrazeConnection {
  const connection = createBrazeConnection({
    endpoint: `http://127.0.0.1:${port}`,
    key: KEY,
    connections: options.connections ?? 2,
    requestTimeoutMs: options.requestTimeoutMs ?? 5000,
    userAgent: 'partner-Brazier-Brazier/test',
  });
  closers.push(() => connection.close());
  return connection;
}

/** A server that answers every request with these bytes, then ends the connection if told to. */
function rawServer(answer: string, end: boolean): Promise<number> {
  return listen(
    createTcpServer((socket) => {
      socket.on('data', () => {
        socket.write(answer);
        if (end) socket.end();
      });
    }),
  );
}

const track = { method: 'POST', path: '/users/track', body: '{}' } as const;

test('sends the key, the partner name and the body, and hands on the answer', async () => {
  const seen: unknown[] = [];
  const port = await listen(
    createServer((req, res) => {
      let body = '';
      req.on('data', (chunk: Buffer) => (body += chunk.toString()));
      req.on('end', () => {
        seen.push([
          req.method,
          req.url,
          req.headers.authorization,
          req.headers['user-agent'],
          req.headers['content-type'],
          body,
        ]);
        res.writeHead(201, { 'X-RateLimit-Remaining': '7' }).end('{"message":"success"}');
      });
    }),
  );
  const reply = await connect(port).request({ ...track, body: Buffer.from('{"a":1}') });
  expect(seen).toEqual([
    ['POST', '/users/track', `Bearer ${KEY}`, 'partner-Brazier-Brazier/test', 'application/json', '{"a":1}'],
  ]);
  expect(reply).toMatchObject({
    kind: 'answer',
    status: 201,
    headers: { 'x-ratelimit-remaining': '7' },
    body: '{"message":"success"}',
  });
});

test('never has more requests under way than connections', async () => {
  let open = 0;
  let most = 0;
  const port = await listen(
    createServer((req, res) => {
      most = Math.max(most, ++open);
      req.resume().on('end', () => setTimeout(() => (open--, res.end('{}')), 5));
    }),
  );
  const connection = connect(port, { connections: 3 });
  await Promise.all(Array.from({ length: 20 }, () => connection.request(track)));
  expect(most).toBe(3);
});

test('takes an echoed key out of the answer', async () => {
  const port = await listen(
    createServer((req, res) => {
      const given = req.headers.authorization?.slice('Bearer '.length) ?? '';
      res.writeHead(401).end(JSON.stringify({ message: `Invalid API key: ${given}` }));
    }),
  );
  const reply = await connect(port).request(track);
  expect(reply).toMatchObject({
    kind: 'answer',
    status: 401,
    body: '{"message":"Invalid API key: [redacted]"}',
  });
});

test('a refused connection has sent nothing', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await connect(port).request(track)).toMatchObject({
    kind: 'notSent',
    reason: expect.stringContaining('ECONNREFUSED'),
  });
});

test('an unknown host has sent nothing', async () => {
  const connection = createBrazeConnection({
    endpoint: 'http://no-such-host.invalid',
    key: KEY,
    connections: 1,
    requestTimeoutMs: 8000,
    userAgent: 'test',
  });
  closers.push(() => connection.close());
  expect(await connection.request(track)).toMatchObject({ kind: 'notSent' });
});

test('an answer that does not come in time is lost', async () => {
  const port = await listen(createServer(() => undefined));
  expect(await connect(port, { requestTimeoutMs: 100 }).request(track)).toMatchObject({ kind: 'lost' });
});

test('an answer that trickles past the time is lost', async () => {
  const port = await listen(
    createServer((_, res) => {
      res.writeHead(201);
      const timer = setInterval(() => res.write(' '), 20);
      res.on('close', () => clearInterval(timer));
    }),
  );
  expect(await connect(port, { requestTimeoutMs: 200 }).request(track)).toMatchObject({ kind: 'lost' });
});

test.each([
  ['a reset before the answer', ''],
  ['half a head', 'HTTP/1.1 201 Crea'],
  ['a body shorter than announced', 'HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"message"'],
  [
    'a chunked body without its end',
    'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"mes\r\n',
  ],
])('%s is lost', async (_, answer) => {
  const port = await rawServer(answer, true);
  expect(await connect(port).request(track)).toMatchObject({ kind: 'lost' });
});

test('what is not HTTP is lost, since something may have been understood', async () => {
  const port = await rawServer('220 mail.example.com ESMTP\r\n', true);
  expect(await connect(port).request(track)).toMatchObject({ kind: 'lost' });
});

test('works on after a loss', async () => {
  let requests = 0;
  const port = await listen(
    createServer((req, res) => {
      requests += 1;
      if (requests === 1) req.socket.destroy();
      else res.end('{}');
    }),
  );
  const connection = connect(port, { connections: 1 });
  expect(await connection.request(track)).toMatchObject({ kind: 'lost' });
  expect(await connection.request(track)).toMatchObject({ kind: 'answer', status: 200 });
});

test('what waits for a connection past its time has not been sent, and is not sent later', async () => {
  const arrived: (string | undefined)[] = [];
  const port = await listen(createServer((req) => void arrived.push(req.url)));
  const connection = connect(port, { connections: 1, requestTimeoutMs: 300 });
  const replies = await Promise.all(
    ['/1', '/2', '/3'].map((path) => connection.request({ method: 'POST', path })),
  );
  expect(replies.map(({ kind }) => kind)).toEqual(['lost', 'notSent', 'notSent']);
  await connection.request({ method: 'POST', path: '/4' });
  expect(arrived).toEqual(['/1', '/4']);
});

test('a closed connection sends nothing', async () => {
  const connection = createBrazeConnection({
    endpoint: 'http://127.0.0.1:1',
    key: KEY,
    connections: 1,
    requestTimeoutMs: 1000,
    userAgent: 'test',
  });
  await connection.close();
  expect(await connection.request(track)).toMatchObject({ kind: 'notSent' });
});
