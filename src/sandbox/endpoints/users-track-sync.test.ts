import { openTestWorkspace, type Answer, type TestWorkspace } from '../test-workspace';

describe('POST /users/track/sync', () => {
  let braze: TestWorkspace;
  // A lag that nobody waits for: what these tests see is there because the answer waited for it.
  beforeEach(async () => {
    braze = await openTestWorkspace({ applyLagMs: 3_600_000 });
  });
  afterEach(() => braze.close());

  const sync = (body: object): Promise<Answer> => braze.call('POST', '/users/track/sync', body);
  const time = '2026-01-01T00:00:00.000Z';

  test('applies before it answers, and shows what the request named and nothing else', async () => {
    await sync({ attributes: [{ external_id: 'a', plan: 'free' }] });
    const answer = await sync({
      attributes: [{ external_id: 'a', list: { add: ['x'] }, first_name: 'Ada', note: 'x'.repeat(256) }],
    });
    expect([answer.status, answer.json]).toEqual([
      201,
      { users: [{ external_id: 'a', custom_attributes: { list: ['x'] } }], message: 'success' },
    ]);
    const { json } = await braze.call('POST', '/users/export/ids', { external_ids: ['a'] });
    expect(json['users']).toEqual([
      expect.objectContaining({ first_name: 'Ada', custom_attributes: { plan: 'free', list: ['x'] } }),
    ]);
  });

  test('tells how often an event or a purchase has been there', async () => {
    const event = { email: 'a@example.com', name: 'seen', time };
    await sync({ events: [event] });
    expect((await sync({ events: [event] })).json['users']).toEqual([
      { email: 'a@example.com', custom_events: [{ name: 'seen', first: time, last: time, count: 2 }] },
    ]);
    const user_alias = { alias_name: 'n', alias_label: 'l' };
    const purchase = {
      user_alias,
      _update_existing_only: false,
      product_id: 'hat',
      currency: 'EUR',
      price: 1,
      time,
    };
    expect((await sync({ purchases: [purchase] })).json['users']).toEqual([
      { user_alias, purchase_events: [{ product_id: 'hat', first: time, last: time, count: 1 }] },
    ]);
  });

  test('takes one object, and names nobody where only existing profiles were to change', async () => {
    const two = { attributes: [{ external_id: 'a', x: 1 }], events: [{ external_id: 'a', name: 'e', time }] };
    expect((await sync(two)).status).toBe(400);
    expect((await sync({})).status).toBe(400);
    expect((await sync({ events: [{ external_id: 'a', name: 'e' }] })).json['errors']).toHaveLength(1);
    const nobody = await sync({ attributes: [{ external_id: 'a', x: 1, _update_existing_only: true }] });
    expect([nobody.status, nobody.json]).toEqual([201, { users: [], message: 'success' }]);
    expect(braze.sandbox.workspace.profiles.size).toBe(0);
  });

  test.each([
    ['absent', 404],
    ['forbidden', 403],
  ] as const)('answers as a workspace where it is %s', async (trackSync, status) => {
    await braze.call('POST', '/_sandbox/settings', { trackSync });
    expect((await sync({ attributes: [{ external_id: 'a', x: 1 }] })).status).toBe(status);
    expect(braze.sandbox.workspace.profiles.size).toBe(0);
  });

  test('needs its own permission and is counted by the minute', async () => {
    await braze.call('POST', '/_sandbox/settings', {
      keys: { add: [{ key: 'k', scopes: ['users.track'] }] },
    });
    expect((await braze.call('POST', '/users/track/sync', {}, { key: 'k' })).status).toBe(403);
    const { headers } = await sync({ attributes: [{ external_id: 'a', x: 1 }] });
    expect(headers['x-ratelimit-limit']).toBe('500');
  });
});
