import { openTestWorkspace, TEST_KEY, type TestWorkspace } from '../test-workspace';

let braze: TestWorkspace;
afterEach(() => braze.close());

describe('POST /users/export/ids', () => {
  test('returns known profiles with the fields asked for, and names the unknown ids', async () => {
    braze = await openTestWorkspace();
    await braze.track({
      attributes: [
        { external_id: 'a', first_name: 'Ada', current_location: { longitude: 1, latitude: 2 }, x: 1 },
      ],
    });
    const body = {
      external_ids: ['a', 'nobody'],
      fields_to_export: ['external_id', 'custom_attributes', 'last_coordinates'],
    };
    const { json } = await braze.call('POST', '/users/export/ids', body);
    expect(json).toEqual({
      message: 'success',
      users: [{ external_id: 'a', custom_attributes: { x: 1 }, last_coordinates: [1, 2] }],
      invalid_user_ids: ['nobody'],
    });
    const all = await braze.call('POST', '/users/export/ids', { external_ids: ['a'] });
    expect(all.json['users']).toEqual([
      expect.objectContaining({ first_name: 'Ada', braze_id: expect.stringMatching(/^[0-9a-f]{24}$/) }),
    ]);
  });

  test('takes 50 ids and not one more, and one of device, e-mail and phone', async () => {
    braze = await openTestWorkspace();
    const ids = Array.from({ length: 51 }, (_, number) => `u${number}`);
    expect((await braze.call('POST', '/users/export/ids', { external_ids: ids.slice(1) })).status).toBe(201);
    const tooMany = await braze.call('POST', '/users/export/ids', { external_ids: ids });
    expect([tooMany.status, tooMany.json['message']]).toEqual([
      400,
      'The max number of external_ids and aliases per request was exceeded',
    ]);
    const both = await braze.call('POST', '/users/export/ids', {
      email_address: 'a@example.com',
      phone: '+44',
    });
    expect(both.status).toBe(400);
    expect((await braze.call('POST', '/users/export/ids', {})).status).toBe(400);
  });

  test('an e-mail address returns every profile that has it', async () => {
    braze = await openTestWorkspace();
    await braze.track({
      attributes: [
        { external_id: 'a', email: 'x@example.com' },
        { external_id: 'b', email: 'x@example.com' },
      ],
    });
    const { json } = await braze.call('POST', '/users/export/ids', { email_address: 'x@example.com' });
    expect(json['users']).toHaveLength(2);
  });

  test('can require fields_to_export', async () => {
    braze = await openTestWorkspace({ fieldsToExportRequired: true });
    expect((await braze.call('POST', '/users/export/ids', { external_ids: ['a'] })).status).toBe(400);
    const body = { external_ids: ['a'], fields_to_export: ['external_id'] };
    expect((await braze.call('POST', '/users/export/ids', body)).status).toBe(201);
  });

  test('counts requests that name few fields in a tier of their own', async () => {
    const window = { requests: 2, windowMs: 3_600_000 };
    braze = await openTestWorkspace({
      limits: { exportIds: { standard: window, filtered: { ...window, requests: 5 } } },
    });
    const limitOf = async (body: object): Promise<unknown> => {
      const { headers } = await braze.call('POST', '/users/export/ids', { external_ids: ['a'], ...body });
      return [headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']];
    };
    expect(await limitOf({})).toEqual(['2', '1']);
    expect(await limitOf({ fields_to_export: ['email'] })).toEqual(['5', '4']);
    expect(await limitOf({ fields_to_export: ['email', 'canvases_received'] })).toEqual(['2', '0']);
  });
});

describe('segments', () => {
  test('are listed 100 per page, oldest first, archived ones left out', async () => {
    const segments = Array.from({ length: 102 }, (_, number) => ({
      id: `s${number}`,
      name: `Segment ${number}`,
      createdAt: new Date(number * 1000).toISOString(),
      archived: number === 101,
    }));
    braze = await openTestWorkspace({ segments });
    const page = async (query: string): Promise<unknown[]> => {
      const { json } = await braze.call('GET', `/segments/list${query}`);
      return json['segments'] as unknown[];
    };
    expect(await page('')).toHaveLength(100);
    expect(await page('?page=1')).toEqual([
      { id: 's100', name: 'Segment 100', analytics_tracking_enabled: true, tags: [] },
    ]);
    expect((await page('?sort_direction=desc'))[0]).toMatchObject({ id: 's100' });
    expect(await page('?page=2')).toEqual([]);
  });

  test('one made later can be read and counted', async () => {
    braze = await openTestWorkspace();
    await braze.track({
      attributes: [
        { external_id: 'a', list: ['vip'] },
        { external_id: 'b', list: ['other'] },
      ],
    });
    const segment = {
      id: 'seg',
      name: 'VIPs',
      description: 'list includes vip',
      tags: ['t'],
      predicate: { attribute: 'list', value: 'vip' },
    };
    expect((await braze.call('POST', '/_sandbox/segments', { segments: [segment] })).status).toBe(200);
    const details = await braze.call('GET', '/segments/details?segment_id=seg');
    expect(details.json).toMatchObject({
      message: 'success',
      name: 'VIPs',
      description: 'list includes vip',
      tags: ['t'],
      teams: [],
    });
    const series = await braze.call(
      'GET',
      '/segments/data_series?segment_id=seg&length=2&ending_at=2026-03-02T00:00:00Z',
    );
    expect(series.json['data']).toEqual([
      { time: '2026-03-01', size: 1 },
      { time: '2026-03-02', size: 1 },
    ]);
    expect((await braze.call('GET', '/segments/details?segment_id=none')).status).toBe(400);
  });
});

describe('GET /custom_attributes', () => {
  test('lists 50 per page and leads on by the Link header', async () => {
    const attributes = Array.from({ length: 120 }, (_, number) => ({
      name: `a${number}`,
      dataType: 'array' as const,
    }));
    braze = await openTestWorkspace({ attributes });
    const names: string[] = [];
    let path: string | undefined = '/custom_attributes';
    while (path !== undefined) {
      const answer = await braze.call('GET', path);
      names.push(...(answer.json['attributes'] as { name: string }[]).map(({ name }) => name));
      const next = /<([^>]+)>; rel="next"/.exec(String(answer.headers['link']));
      path = next?.[1]?.slice(braze.sandbox.url.length);
    }
    expect(names).toEqual(attributes.map(({ name }) => name));
  });

  test('tells type, cap and blocklist status', async () => {
    braze = await openTestWorkspace({
      attributes: [{ name: 'list', dataType: 'array', arrayLength: 25, status: 'Blocklisted' }],
    });
    const { json } = await braze.call('GET', '/custom_attributes');
    expect(json['attributes']).toEqual([
      {
        name: 'list',
        data_type: 'array',
        array_length: 25,
        status: 'Blocklisted',
        description: null,
        tag_names: [],
      },
    ]);
  });
});

describe('keys', () => {
  test('an unknown key is a 401 that echoes it, a missing permission or a foreign address a 403, a wrong path a 404', async () => {
    const keys = [
      { key: TEST_KEY, scopes: ['segments.list'] },
      { key: 'elsewhere', scopes: 'all' as const, ipAllowlist: ['203.0.113.7'] },
    ];
    braze = await openTestWorkspace({ keys });
    const unknown = await braze.call('GET', '/segments/list', undefined, { key: 'wrong' });
    expect([unknown.status, unknown.json['message']]).toEqual([401, 'Invalid API key: wrong']);
    expect((await braze.call('GET', '/segments/list')).status).toBe(200);
    expect((await braze.call('GET', '/segments/details?segment_id=s')).status).toBe(403);
    expect((await braze.call('GET', '/segments/list', undefined, { key: 'elsewhere' })).status).toBe(403);
    expect((await braze.call('GET', '/segments')).status).toBe(404);
  });

  test('are rotated while the sandbox runs', async () => {
    braze = await openTestWorkspace();
    const keys = { add: [{ key: 'fresh', scopes: 'all' }], remove: [TEST_KEY] };
    const { text } = await braze.call('POST', '/_sandbox/settings', { keys });
    expect(text).not.toContain('fresh');
    expect((await braze.call('GET', '/segments/list')).status).toBe(401);
    expect((await braze.call('GET', '/segments/list', undefined, { key: 'fresh' })).status).toBe(200);
  });
});
