import { openTestWorkspace, type TestWorkspace } from './test-workspace';

const ATTRIBUTES = { attributes: [{ external_id: 'a', x: 1 }] };

describe('rate limits', () => {
  let braze: TestWorkspace;
  afterEach(() => braze.close());

  test('refuse with 429 once a window is used up, and start again with the next; refused requests change nothing', async () => {
    let nowMs = Date.UTC(2026, 0, 1, 12, 0, 1);
    const track = { burst: { requests: 2, windowMs: 3000 } };
    braze = await openTestWorkspace({ clock: () => nowMs, limits: { track } });
    const first = await braze.track(ATTRIBUTES);
    const resetS = Date.UTC(2026, 0, 1, 12, 0, 3) / 1000;
    expect(first.headers).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': String(resetS),
    });
    await braze.track(ATTRIBUTES);
    const refused = await braze.track({ attributes: [{ external_id: 'late', x: 1 }] });
    expect([refused.status, refused.headers['x-ratelimit-remaining']]).toEqual([429, '0']);
    expect(await braze.read('late')).toBeUndefined();
    nowMs = resetS * 1000;
    expect((await braze.track(ATTRIBUTES)).status).toBe(201);
  });

  test('MAU contracts count seconds down, and a 429 says Retry-After and nothing else', async () => {
    const nowMs = Date.UTC(2026, 0, 1, 12, 59, 0);
    const track = { burst: { requests: 9, windowMs: 3000 }, hourlyRequests: 1 };
    braze = await openTestWorkspace({ clock: () => nowMs, rateHeaders: 'mau', limits: { track } });
    expect((await braze.track(ATTRIBUTES)).headers).toMatchObject({
      'x-ratelimit-limit': '9',
      'x-ratelimit-reset': '3',
    });
    const refused = await braze.track(ATTRIBUTES);
    expect(refused.status).toBe(429);
    expect(refused.headers['x-ratelimit-retry-after']).toBe('60');
    expect(refused.headers).not.toHaveProperty('x-ratelimit-limit');
    expect(refused.headers).not.toHaveProperty('x-ratelimit-reset');
  });
});
