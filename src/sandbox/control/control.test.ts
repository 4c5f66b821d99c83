import { request } from 'undici';
import { openTestWorkspace, TEST_KEY, type TestWorkspace } from '../test-workspace';

describe('the control API', () => {
  let braze: TestWorkspace;
  afterEach(() => braze.close());

  test('loads profiles by the line and dumps them in the same shape', async () => {
    braze = await openTestWorkspace();
    const rows = Array.from({ length: 3000 }, (_, number) => ({
      external_id: `ü${number}`,
      custom_attributes: { list: ['base'] },
    }));
    const lines = [...rows.map((row) => JSON.stringify(row)), 'no profile', ''].join('\n');
    const loaded = await braze.call('POST', '/_sandbox/profiles', lines);
    expect(loaded.json).toEqual({ loaded: 3000, refused: 1, profiles: 3000 });
    await braze.track({ attributes: [{ external_id: 'ü7', list: { add: ['vip'] } }] });
    const { text } = await braze.call('GET', '/_sandbox/profiles?flush=true');
    expect(text.trim().split('\n')).toHaveLength(3000);
    const filtered = await braze.call('GET', '/_sandbox/profiles?attribute=list&value=vip');
    expect(filtered.json).toMatchObject({ external_id: 'ü7', custom_attributes: { list: ['base', 'vip'] } });
    expect((await braze.call('GET', '/_sandbox/profiles?attribute=list&count=true')).json).toEqual({
      profiles: 3000,
    });
    const absent = await braze.call('GET', '/_sandbox/profiles?attribute=absent&count=true');
    expect(absent.json).toEqual({ profiles: 0 });
    const again = await openTestWorkspace();
    await again.call('POST', '/_sandbox/profiles', text);
    expect((await again.read('ü7'))?.['custom_attributes']).toEqual({ list: ['base', 'vip'] });
    await again.close();
  });

  test('remembers the last requests with their User-Agent, without keys', async () => {
    braze = await openTestWorkspace({ rememberRequests: 3 });
    const headers = { 'user-agent': 'partner-Example-Product/1.0' };
    for (const id of ['a', 'b', 'c', 'd', TEST_KEY]) {
      await braze.call('POST', '/users/track', { attributes: [{ external_id: id }] }, { headers });
    }
    const { json, text } = await braze.call('GET', '/_sandbox/requests?last=9');
    expect(text).not.toContain(TEST_KEY);
    expect(json['requests']).toHaveLength(3);
    expect((json['requests'] as unknown[])[0]).toMatchObject({
      method: 'POST',
      path: '/users/track',
      userAgent: 'partner-Example-Product/1.0',
      keyNumber: 1,
      status: 201,
      body: '{"attributes":[{"external_id":"c"}]}',
    });
  });

  test('counts requests by path and status, objects, refusals, and data points', async () => {
    braze = await openTestWorkspace();
    await braze.track({
      attributes: [
        { external_id: 'a', x: 1, y: 2 },
        { external_id: 'b', email_subscribe: 'x' },
      ],
    });
    await braze.track({ attributes: [{ external_id: 'nobody', x: 1, _update_existing_only: true }] });
    await braze.call('GET', '/nowhere');
    expect((await braze.call('GET', '/_sandbox/stats')).json).toMatchObject({
      requests: { '/users/track': { 201: 2 }, unknown: { 404: 1 } },
      objects: { attributes: 2, events: 0, purchases: 0 },
      refusedObjects: 1,
      skippedUnknown: 1,
      dataPoints: 2,
      profiles: 1,
      pendingWrites: 0,
    });
  });

  test('asks for its token when it has one; the Braze API does not', async () => {
    braze = await openTestWorkspace({ controlToken: 'control-token' });
    expect((await braze.call('GET', '/_sandbox/stats')).status).toBe(401);
    const headers = { 'x-sandbox-token': 'control-token' };
    expect((await braze.call('GET', '/_sandbox/stats', undefined, { headers })).status).toBe(200);
    expect((await braze.call('GET', '/segments/list')).status).toBe(200);
  });

  test('refuses settings that it does not know, and unknown routes', async () => {
    braze = await openTestWorkspace();
    const { status, json } = await braze.call('POST', '/_sandbox/settings', { lag: 3 });
    expect([status, json['problems']]).toEqual([400, [expect.stringContaining('lag')]]);
    expect((await request(`${braze.sandbox.url}/_sandbox/nothing`)).statusCode).toBe(404);
  });
});
