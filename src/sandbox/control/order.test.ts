import { openTestWorkspace, type TestWorkspace } from '../test-workspace';

describe('the order of writes', () => {
  let braze: TestWorkspace;
  afterEach(() => braze.close());

  const lines = async (query = ''): Promise<unknown[]> => {
    const { text } = await braze.call('GET', `/_sandbox/order${query}`);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line));
  };

  test('is told per user as the requests were accepted, however late and jumbled they are applied', async () => {
    braze = await openTestWorkspace({ recordOrder: true, applyLagMs: 50, applyJitterMs: 200 });
    for (let step = 1; step <= 5; step += 1) {
      await braze.track({
        attributes: [
          { external_id: 'a', step },
          { external_id: `other-${step}`, step },
        ],
      });
    }
    expect(await lines('?user=a&attribute=step')).toEqual([
      { user: 'a', values: [1, 2, 3, 4, 5], atMs: expect.arrayContaining([expect.any(Number)]) },
    ]);
    expect(await lines('?attribute=step')).toHaveLength(6);
  });

  test('names request, kind and object, with keys blotted out; refused objects are not in it', async () => {
    braze = await openTestWorkspace({ recordOrder: true });
    const event = { external_id: 'a', name: 'seen', time: '2026-01-01T00:00:00Z' };
    await braze.track({ attributes: [{ external_id: 'a', x: 1 }, { x: 2 }], events: [event] });
    await braze.call('POST', '/users/track/sync', { attributes: [{ external_id: 'a', x: 3 }] });
    expect(await lines('?user=a')).toEqual([
      {
        user: 'a',
        writes: [
          { request: 1, atMs: expect.any(Number), array: 'attributes', object: { external_id: 'a', x: 1 } },
          { request: 1, atMs: expect.any(Number), array: 'events', object: event },
          { request: 2, atMs: expect.any(Number), array: 'attributes', object: { external_id: 'a', x: 3 } },
        ],
      },
    ]);
    expect((await braze.call('GET', '/_sandbox/stats')).json['order']).toEqual({
      recorded: true,
      kept: 3,
      missed: 0,
    });
    expect((await braze.call('DELETE', '/_sandbox/order')).json).toEqual({ forgotten: 3 });
    expect(await lines()).toEqual([]);
  });

  test('is not kept unless asked for', async () => {
    braze = await openTestWorkspace();
    await braze.track({ attributes: [{ external_id: 'a', x: 1 }] });
    expect(await lines('?user=a')).toEqual([{ user: 'a', writes: [] }]);
  });
});
