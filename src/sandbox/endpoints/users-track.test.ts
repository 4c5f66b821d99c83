import { openTestWorkspace, type TestWorkspace } from '../test-workspace';

const NOTHING_VALID = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";
const STATE_SENTENCE = "'email_subscribe' must be 'subscribed', 'unsubscribed', or 'opted_in'";

function people(count: number): { external_id: string; fits: boolean }[] {
  return Array.from({ length: count }, (_, number) => ({ external_id: `u${number}`, fits: true }));
}

describe('POST /users/track', () => {
  let braze: TestWorkspace;
  beforeEach(async () => {
    braze = await openTestWorkspace();
  });
  afterEach(() => braze.close());

  test('answers 201 with a counter for each array that was sent', async () => {
    const answer = await braze.track({
      attributes: people(2),
      events: [{ external_id: 'u1', name: 'e', time: '2026-01-01T00:00:00Z' }],
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({ message: 'success', attributes_processed: 2, events_processed: 1 });
  });

  test('refuses single objects by their index inside the named array, and keeps the others', async () => {
    const time = '2026-01-01T00:00:00Z';
    const answer = await braze.track({
      attributes: [
        { external_id: 'good' },
        { external_id: 'bad', email_subscribe: 'maybe' },
        { colour: 'red' },
      ],
      events: [
        { external_id: 'good', name: 'seen', time },
        { external_id: 'good', name: 'seen' },
      ],
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      message: 'success',
      attributes_processed: 1,
      events_processed: 1,
      errors: [
        { index: 1, input_array: 'attributes', type: STATE_SENTENCE },
        {
          index: 2,
          input_array: 'attributes',
          type: "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required",
        },
        { index: 1, input_array: 'events', type: "'time' must be an ISO 8601 date" },
      ],
    });
    expect(await braze.read('bad')).toBeUndefined();
    expect(await braze.read('good')).toBeDefined();
  });

  test('answers 400 with the same errors when every object is refused', async () => {
    const answer = await braze.track({ attributes: [{ external_id: 'bad', email_subscribe: 'maybe' }] });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      message: NOTHING_VALID,
      errors: [{ index: 0, input_array: 'attributes', type: STATE_SENTENCE }],
    });
  });

  test.each([['{}'], ['{"attributes":[]}']])(
    'answers 400 to a request with nothing in it: %s',
    async (body) => {
      const answer = await braze.call('POST', '/users/track', body);
      expect([answer.status, answer.json['message']]).toEqual([400, NOTHING_VALID]);
    },
  );

  test.each([
    ['{"attributes":[{"external_id":"a"},]}'],
    ['[]'],
    [''],
    ['{"attributes":{"external_id":"a"}}'],
  ])('answers 400 to a malformed body: %s', async (body) => {
    expect((await braze.call('POST', '/users/track', body)).status).toBe(400);
    expect(braze.sandbox.workspace.profiles.size).toBe(0);
  });

  test('takes 75 objects over all arrays together and not one more', async () => {
    expect((await braze.track({ attributes: people(75) })).status).toBe(201);
    const answer = await braze.track({
      attributes: people(75),
      events: [{ external_id: 'u1', name: 'e', time: '2026-01-01T00:00:00Z' }],
    });
    expect([answer.status, answer.json['message']]).toEqual([400, 'Max Input Length Exceeded']);
  });

  test('takes 75 objects in each array on a legacy contract', async () => {
    await braze.call('POST', '/_sandbox/settings', {
      limits: { objectsPerRequest: { mode: 'perArray', max: 75 } },
    });
    const events = people(75).map(({ external_id }) => ({
      external_id,
      name: 'e',
      time: '2026-01-01T00:00:00Z',
    }));
    expect((await braze.track({ attributes: people(75), events })).status).toBe(201);
    expect((await braze.track({ attributes: people(76) })).status).toBe(400);
  });

  test('answers 413 to a body over 4 MB', async () => {
    const answer = await braze.track({
      attributes: [{ external_id: 'a', note: 'x'.repeat(4 * 1024 * 1024) }],
    });
    expect(answer.status).toBe(413);
  });

  test('words refusals as names, or without an index, when told to', async () => {
    const body = {
      attributes: [{ external_id: 'x'.repeat(988) }, { external_id: 'blocked-7' }, { external_id: 'fine' }],
    };
    await braze.call('POST', '/_sandbox/settings', {
      errorWording: 'enum',
      refuse: [{ externalIdPrefix: 'blocked-' }],
    });
    expect((await braze.track(body)).json['errors']).toEqual([
      { index: 0, input_array: 'attributes', type: 'EXTERNAL_USER_ID_TOO_LARGE' },
      { index: 1, input_array: 'attributes', type: 'BLACKLISTED_EXTERNAL_USER_ID' },
    ]);
    await braze.call('POST', '/_sandbox/settings', { errorWording: 'sentence', errorsWithoutIndex: true });
    expect((await braze.track(body)).json['errors']).toEqual([
      { input_array: 'attributes', type: "'external_id' must be fewer than 988 bytes" },
      { input_array: 'attributes', type: 'provided external_id is blacklisted and disallowed' },
    ]);
  });

  test.each([
    ['two primary ids', 'attributes', { external_id: 'a', braze_id: 'b' }],
    ['an id of 988 bytes in fewer letters', 'attributes', { external_id: 'é'.repeat(494) }],
    ['half an alias', 'attributes', { user_alias: { alias_name: 'a' } }],
    ['a bad e-mail address', 'attributes', { external_id: 'a', email: 'nobody' }],
    ['a bad push state', 'attributes', { external_id: 'a', push_subscribe: 'on' }],
    ['a bad location', 'attributes', { external_id: 'a', current_location: { longitude: 'x', latitude: 1 } }],
    ['groups that are no list', 'attributes', { external_id: 'a', subscription_groups: {} }],
    [
      'a group without state',
      'attributes',
      { external_id: 'a', subscription_groups: [{ subscription_group_id: 'g' }] },
    ],
    ['a text', 'attributes', 'a'],
    ['an event without name', 'events', { external_id: 'a', time: '2026-01-01T00:00:00Z' }],
    [
      'a property with a dollar',
      'events',
      { external_id: 'a', name: 'e', time: '2026-01-01T00:00:00Z', properties: { $x: 1 } },
    ],
    [
      'a purchase without price',
      'purchases',
      { external_id: 'a', product_id: 'p', currency: 'EUR', time: '2026-01-01T00:00:00Z' },
    ],
    [
      '101 of a product',
      'purchases',
      {
        external_id: 'a',
        product_id: 'p',
        currency: 'EUR',
        price: 1,
        quantity: 101,
        time: '2026-01-01T00:00:00Z',
      },
    ],
  ])('refuses %s', async (_what, array, object) => {
    const { status, json } = await braze.track({ [array]: [object] });
    expect(status).toBe(400);
    expect(json['errors']).toEqual([{ index: 0, input_array: array, type: expect.any(String) }]);
  });

  test('counts events and purchases every time they are sent, those of the future as now', async () => {
    const event = { external_id: 'a', name: 'seen', time: '2999-01-01T00:00:00Z' };
    const purchase = {
      external_id: 'a',
      product_id: 'hat',
      currency: 'EUR',
      price: 2.5,
      quantity: 2,
      time: '2026-01-02T00:00:00Z',
    };
    await braze.track({ events: [event], purchases: [purchase] });
    await braze.track({ events: [event], purchases: [purchase] });
    const user = await braze.read('a');
    expect(user?.['total_revenue']).toBe(10);
    expect(user?.['purchases']).toEqual([
      { name: 'hat', count: 2, first: '2026-01-02T00:00:00.000Z', last: '2026-01-02T00:00:00.000Z' },
    ]);
    expect(user?.['custom_events']).toEqual([
      {
        name: 'seen',
        count: 2,
        first: expect.not.stringContaining('2999'),
        last: expect.not.stringContaining('2999'),
      },
    ]);
  });
});
