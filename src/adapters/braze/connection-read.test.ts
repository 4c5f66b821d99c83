import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type ErrorCode } from '../../contract/errors';
import { type IdentifierKind } from '../../contract/phases';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { type SandboxOptions } from '../../sandbox/settings';
import { type BrazeConnection, createBrazeConnection } from './connection';
import { findAttributes } from './custom-attributes';
import { idsPerRequest, readProfiles } from './export-ids';
import { workspaceOf } from './probe';
import { listSegments, segmentDetails } from './segments';

const KEY = 'all-scopes-key';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function connect(endpoint: string, key = KEY): BrazeConnection {
  const connection = createBrazeConnection({
    endpoint,
    key,
    connections: 2,
    requestTimeoutMs: 5000,
    userAgent: 'test',
  });
  closers.push(() => connection.close());
  return connection;
}

async function sandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const started = await startSandbox({ keys: [{ key: KEY, scopes: 'all' }], applyLagMs: 0, ...options });
  closers.push(() => started.close());
  return started;
}

async function answering(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const server = createServer((req, res) => {
    req.resume().on('end', () => res.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([0, 1, 99, 100, 101, 250])('lists all of %p segments', async (count) => {
  const segments = Array.from({ length: count }, (_, n) => ({ id: `seg-${n}`, name: `Segment ${n}` }));
  const { url } = await sandbox({ segments });
  expect(await listSegments(connect(url))).toEqual({ ok: true, value: segments });
});

test('a segment is found by its identifier, an unknown one is told as such', async () => {
  const { url } = await sandbox({ segments: [{ id: 'a&b', name: 'Buyers' }] });
  expect(await segmentDetails(connect(url), 'a&b')).toEqual({
    ok: true,
    value: { id: 'a&b', name: 'Buyers' },
  });
  expect(await segmentDetails(connect(url), 'zzz')).toMatchObject({
    ok: false,
    fault: { code: 'SEGMENT_NOT_FOUND' },
  });
});

test('finds attributes on any page, and reads no further than it must', async () => {
  const attributes = Array.from({ length: 160 }, (_, n) => ({
    name: `attribute_${n}`,
    dataType: 'array' as const,
    arrayLength: n + 1,
  }));
  const { url, workspace } = await sandbox({ attributes });
  const found = await findAttributes(connect(url), ['attribute_3', 'attribute_159', 'missing']);
  expect(found.ok && [...found.value.values()]).toEqual([
    { name: 'attribute_3', dataType: 'array', arrayLength: 4, status: 'Active' },
    { name: 'attribute_159', dataType: 'array', arrayLength: 160, status: 'Active' },
  ]);
  const pagesRead = (): number =>
    workspace.requests.last(100).filter(({ path }) => path === '/custom_attributes').length;
  expect(pagesRead()).toBe(4);
  await findAttributes(connect(url), ['attribute_3']);
  expect(pagesRead()).toBe(5);
});

test('a cursor that leads elsewhere is followed on the endpoint only', async () => {
  const elsewhere = await answering(200, '{"attributes":[{"name":"stolen"}]}');
  const endpoint = await answering(200, '{"attributes":[]}', {
    link: `<${elsewhere}/custom_attributes?cursor=x>; rel="next"`,
  });
  expect(await findAttributes(connect(endpoint), ['stolen'])).toEqual({ ok: true, value: new Map() });
});

describe('profiles', () => {
  const kinds: [IdentifierKind, string][] = [
    ['external_id', 'u1'],
    ['user_alias', 'kim\u001fcrm'],
    ['email', 'kim@example.com'],
    ['phone', '+4912345678'],
  ];

  async function workspaceWithKim(): Promise<{ connection: BrazeConnection; braze: Sandbox }> {
    const braze = await sandbox();
    const connection = connect(braze.url);
    const kim = {
      external_id: 'u1',
      email: 'kim@example.com',
      phone: '+4912345678',
      lexer_audience: { add: ['VIP'] },
    };
    const body = JSON.stringify({ attributes: [kim] });
    expect(await connection.request({ method: 'POST', path: '/users/track', body })).toMatchObject({
      status: 201,
    });
    await fetch(`${braze.url}/_sandbox/flush`, { method: 'POST' });
    return { connection, braze };
  }

  test.each(kinds.filter(([kind]) => kind !== 'user_alias'))('are read back by %s', async (kind, id) => {
    const { connection } = await workspaceWithKim();
    const read = await readProfiles(connection, kind, [id]);
    expect(read.ok && read.value.get(id)).toMatchObject([
      { externalId: 'u1', customAttributes: { lexer_audience: ['VIP'] } },
    ]);
  });

  test('are read back by alias', async () => {
    const { connection } = await workspaceWithKim();
    const alias = { alias_name: 'kim', alias_label: 'crm' };
    const body = JSON.stringify({
      attributes: [{ user_alias: alias, _update_existing_only: false, tier: 'gold' }],
    });
    await connection.request({ method: 'POST', path: '/users/track', body });
    const read = await readProfiles(connection, 'user_alias', ['kim\u001fcrm', 'kim\u001fother']);
    expect(read.ok && read.value.get('kim\u001fcrm')).toMatchObject([{ customAttributes: { tier: 'gold' } }]);
    expect(read.ok && read.value.get('kim\u001fother')).toEqual([]);
  });

  test('every id asked for is answered, the unknown ones with nothing', async () => {
    const { connection } = await workspaceWithKim();
    const ids = ['u1', 'U1', 'nobody'];
    const read = await readProfiles(connection, 'external_id', ids);
    expect(read.ok && ids.map((id) => read.value.get(id)?.length)).toEqual([1, 0, 0]);
  });

  test('more than one request can carry is refused here', async () => {
    const { connection } = await workspaceWithKim();
    expect(idsPerRequest('external_id')).toBe(50);
    const ids = Array.from({ length: 51 }, (_, n) => `u${n}`);
    expect(await readProfiles(connection, 'external_id', ids)).toMatchObject({
      fault: { code: 'INVARIANT_BROKEN' },
    });
    expect(await readProfiles(connection, 'email', ['a@example.com', 'b@example.com'])).toMatchObject({
      ok: false,
    });
  });

  test('foreign shapes do not break reading', async () => {
    const users = [
      { external_id: 'u1', email: 5, user_aliases: 'x', custom_attributes: null, new_field: [1] },
    ];
    const endpoint = await answering(200, JSON.stringify({ message: 'success', users }));
    const read = await readProfiles(connect(endpoint), 'external_id', ['u1']);
    expect(read.ok && read.value.get('u1')).toMatchObject([
      { externalId: 'u1', aliases: [], customAttributes: {} },
    ]);
  });
});

test.each<[number, ErrorCode, Record<string, string>]>([
  [401, 'BRAZE_KEY_REJECTED', {}],
  [403, 'BRAZE_PERMISSION_MISSING', {}],
  [404, 'BRAZE_ENDPOINT_INVALID', {}],
  [400, 'BRAZE_REQUEST_REFUSED', {}],
  [429, 'BRAZE_RATE_LIMITED', { 'x-ratelimit-retry-after': '7' }],
  [500, 'BRAZE_UNAVAILABLE', {}],
  [503, 'BRAZE_UNAVAILABLE', {}],
  [302, 'BRAZE_ENDPOINT_INVALID', { location: 'https://example.com/' }],
])('%p becomes %s', async (status, code, headers) => {
  const listed = await listSegments(connect(await answering(status, '{"message":"no"}', headers)));
  expect(listed).toMatchObject({ ok: false, fault: { code } });
  if (status === 403) expect(JSON.stringify(listed)).toContain('segments.list');
  if (status === 429) expect(listed).toMatchObject({ fault: { retryAfterMs: 7000 } });
});

test.each(['<html></html>', '', '{"segments":', '{"segments":"none"}'])(
  '200 with %j is no answer',
  async (body) => {
    const listed = await listSegments(connect(await answering(200, body)));
    expect(listed).toMatchObject({ ok: false, fault: { code: 'BRAZE_UNAVAILABLE' } });
  },
);

test('a scope is seen without being used', async () => {
  const braze = await sandbox({
    keys: [
      { key: KEY, scopes: 'all' },
      { key: 'none', scopes: [] },
    ],
  });
  const able = workspaceOf(connect(braze.url));
  const unable = workspaceOf(connect(braze.url, 'none'));
  for (const scope of ['users.track', 'users.export.ids'] as const) {
    expect(await able.probe(scope)).toEqual({ ok: true, value: undefined });
    const refused = await unable.probe(scope);
    expect(refused).toMatchObject({ ok: false, fault: { code: 'BRAZE_PERMISSION_MISSING' } });
    expect(JSON.stringify(refused)).toContain(scope);
  }
});

test('no fault repeats a rejected key', async () => {
  const { url } = await sandbox();
  const refused = await listSegments(connect(url, 'wrong-key-wrong-key'));
  expect(refused).toMatchObject({ fault: { code: 'BRAZE_KEY_REJECTED' } });
  expect(JSON.stringify(refused)).not.toContain('wrong-key');
});
