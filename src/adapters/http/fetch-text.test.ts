import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createTextFetcher } from './fetch-text';

let server: Server;
let url: URL;
const asked: string[] = [];
const ANSWERS: Record<string, (reply: ServerResponse) => void> = {
  '/small': (reply) => reply.end('hello'),
  '/large': (reply) => reply.end('x'.repeat(101)),
  '/moved': (reply) => reply.writeHead(302, { location: '/small' }).end(),
  '/broken': (reply) => reply.writeHead(500).end('internals'),
  '/silent': () => undefined,
  '/trickle': (reply) => reply.write('h'),
};

beforeAll(async () => {
  server = createServer((request, reply) => {
    asked.push(request.url ?? '');
    ANSWERS[request.url ?? '']?.(reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const read = (path: string) => createTextFetcher({ timeoutMs: 1000, maxBytes: 100 })(new URL(path, url));

test('reads a small text', async () => {
  expect(await read('/small')).toEqual({ ok: true, value: 'hello' });
});

test.each(['/large', '/moved', '/broken', '/silent', '/trickle'])(
  '%s is one fault, which repeats nothing of the answer',
  async (path) => {
    asked.length = 0;
    const outcome = await read(path);
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'HOOK_PROVIDER_UNAVAILABLE' } });
    expect(JSON.stringify(outcome)).not.toMatch(/internals|xxx/);
    expect(asked).toEqual([path]);
  },
);

test('so is a server that is not there', async () => {
  expect(
    await createTextFetcher({ timeoutMs: 1000, maxBytes: 100 })(new URL('http://127.0.0.1:1/')),
  ).toMatchObject({
    ok: false,
  });
});
