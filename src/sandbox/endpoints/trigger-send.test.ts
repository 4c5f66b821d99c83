import { openTestWorkspace, type Answer, type TestWorkspace } from '../test-workspace';

describe('triggers', () => {
  let braze: TestWorkspace;
  beforeEach(async () => {
    braze = await openTestWorkspace({ canvases: ['welcome'], campaigns: ['sale'] });
    await braze.track({ attributes: [{ external_id: 'a', x: 1 }] });
  });
  afterEach(() => braze.close());

  const canvas = (body: object): Promise<Answer> => braze.call('POST', '/canvas/trigger/send', body);
  const deliveries = async (query = ''): Promise<unknown> =>
    (await braze.call('GET', `/_sandbox/deliveries${query}`)).json['deliveries'];

  test('a Canvas goes to each recipient, whose own properties come over those of the request', async () => {
    const answer = await canvas({
      canvas_id: 'welcome',
      context: { shop: 'north', plan: 'free' },
      recipients: [{ external_user_id: 'a', context: { plan: 'gold' } }, { external_user_id: 'nobody' }],
    });
    expect([answer.status, answer.json]).toEqual([
      201,
      { message: 'success', dispatch_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
    const common = { kind: 'canvas', id: 'welcome', dispatchId: answer.json['dispatch_id'] };
    expect(await deliveries()).toEqual([
      expect.objectContaining({
        ...common,
        recipient: { external_user_id: 'a' },
        properties: { shop: 'north', plan: 'gold' },
        outcome: 'delivered',
      }),
      expect.objectContaining({ recipient: { external_user_id: 'nobody' }, outcome: 'unknownUser' }),
    ]);
  });

  test('a campaign is another kind, each transmission has its own id, and nothing is de-duplicated', async () => {
    const body = {
      campaign_id: 'sale',
      trigger_properties: { off: 5 },
      recipients: [{ external_user_id: 'a' }],
    };
    const ids = [];
    for (let time = 0; time < 2; time += 1) {
      ids.push((await braze.call('POST', '/campaigns/trigger/send', body)).json['dispatch_id']);
    }
    expect(new Set(ids).size).toBe(2);
    expect(await deliveries('?kind=campaign&id=sale')).toHaveLength(2);
    expect(await deliveries('?kind=canvas')).toEqual([]);
    expect((await braze.call('GET', '/_sandbox/stats')).json['deliveries']).toBe(2);
  });

  test('attributes are written first, and people are only made when that was asked for', async () => {
    await canvas({
      canvas_id: 'welcome',
      recipients: [
        { external_user_id: 'new', send_to_existing_only: false, attributes: { plan: 'gold' } },
        { external_user_id: 'other', attributes: { plan: 'gold' } },
        { external_user_id: 'a', attributes: { plan: 'free' } },
      ],
    });
    expect(await deliveries()).toMatchObject([
      { outcome: 'delivered' },
      { outcome: 'unknownUser' },
      { outcome: 'delivered' },
    ]);
    expect((await braze.read('new'))?.['custom_attributes']).toEqual({ plan: 'gold' });
    expect((await braze.read('a'))?.['custom_attributes']).toEqual({ x: 1, plan: 'free' });
    expect(await braze.read('other')).toBeUndefined();
  });

  test('a broadcast is one delivery to everybody', async () => {
    expect((await canvas({ canvas_id: 'welcome', broadcast: true })).status).toBe(201);
    expect(await deliveries()).toEqual([expect.objectContaining({ recipient: null })]);
  });

  test.each([
    ['no id', { recipients: [{ external_user_id: 'a' }] }, "'canvas_id' is required"],
    ['an unknown id', { canvas_id: 'sale', recipients: [{ external_user_id: 'a' }] }, 'Invalid Canvas ID'],
    ['nobody', { canvas_id: 'welcome', recipients: [] }, 'No Recipients'],
    [
      '51 people',
      { canvas_id: 'welcome', recipients: Array.from({ length: 51 }, () => ({ external_user_id: 'a' })) },
      'The max number of ids per request was exceeded',
    ],
    [
      'a broadcast to somebody',
      { canvas_id: 'welcome', broadcast: true, recipients: [{ external_user_id: 'a' }] },
      'broadcast',
    ],
    [
      'properties that are no object',
      { canvas_id: 'welcome', context: 'x', recipients: [{ external_user_id: 'a' }] },
      'context',
    ],
    [
      'properties over 50 KB',
      { canvas_id: 'welcome', context: { x: 'y'.repeat(51_200) }, recipients: [{ external_user_id: 'a' }] },
      'context',
    ],
    [
      'a recipient without id',
      { canvas_id: 'welcome', recipients: [{ external_user_id: 'a' }, {}] },
      'recipient',
    ],
    [
      'an address without prioritization',
      { canvas_id: 'welcome', recipients: [{ email: 'a@example.com' }] },
      'prioritization',
    ],
    [
      'attributes that Braze refuses',
      { canvas_id: 'welcome', recipients: [{ external_user_id: 'a', attributes: { email: 'nobody' } }] },
      'email',
    ],
    [
      'recipients that are no list',
      { canvas_id: 'welcome', recipients: { external_user_id: 'a' } },
      'recipients',
    ],
  ])('%s is a 400, and nobody gets anything', async (_what, body, words) => {
    const { status, json } = await canvas(body);
    expect([status, json['message']]).toEqual([400, expect.stringContaining(words)]);
    expect(await deliveries()).toEqual([]);
  });

  test('each endpoint needs its own permission', async () => {
    const keys = { add: [{ key: 'k', scopes: ['campaigns.trigger.send'] }] };
    await braze.call('POST', '/_sandbox/settings', { keys, campaigns: ['sale', 'autumn'] });
    const body = { campaign_id: 'autumn', recipients: [{ external_user_id: 'a' }] };
    expect((await braze.call('POST', '/campaigns/trigger/send', body, { key: 'k' })).status).toBe(201);
    expect((await braze.call('POST', '/canvas/trigger/send', body, { key: 'k' })).status).toBe(403);
  });

  test('a message goes out when the workspace gets round to it', async () => {
    await braze.call('POST', '/_sandbox/settings', { applyLagMs: 3_600_000 });
    await canvas({ canvas_id: 'welcome', recipients: [{ external_user_id: 'a' }] });
    expect(await deliveries()).toEqual([]);
    await braze.call('POST', '/_sandbox/flush');
    expect(await deliveries()).toHaveLength(1);
  });
});
