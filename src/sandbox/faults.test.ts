import { type FaultRule } from './faults';
import { openTestWorkspace, type TestWorkspace } from './test-workspace';

function object(external_id: string): { attributes: object[] } {
  return { attributes: [{ external_id, x: 1 }] };
}

describe('faults', () => {
  let braze: TestWorkspace;
  beforeEach(async () => {
    braze = await openTestWorkspace();
  });
  afterEach(() => braze.close());

  const arm = async (rule: FaultRule): Promise<void> => {
    expect((await braze.call('POST', '/_sandbox/faults', { faults: [rule] })).status).toBe(200);
  };

  test('strike the requests that the rule names, and no other path', async () => {
    await arm({ path: '/users/track', skip: 1, match: { next: 2 }, fault: { kind: 'status', status: 503 } });
    const statuses: number[] = [];
    for (const id of ['a', 'b', 'c', 'd']) statuses.push((await braze.track(object(id))).status);
    expect(statuses).toEqual([201, 503, 503, 201]);
    expect((await braze.call('GET', '/segments/list')).status).toBe(200);
    expect(await braze.read('b')).toBeUndefined();
  });

  test('strike every nth, or by chance and the same way for the same seed', async () => {
    await arm({ match: { every: 3 }, fault: { kind: 'status', status: 500 } });
    const nth: number[] = [];
    for (let count = 0; count < 6; count++) nth.push((await braze.track(object('a'))).status);
    expect(nth).toEqual([201, 201, 500, 201, 201, 500]);
    const byChance = async (): Promise<number[]> => {
      await braze.call('DELETE', '/_sandbox/faults');
      await arm({ match: { probability: 0.5, seed: 7 }, fault: { kind: 'status', status: 502 } });
      const statuses: number[] = [];
      for (let count = 0; count < 12; count++) statuses.push((await braze.track(object('a'))).status);
      return statuses;
    };
    const once = await byChance();
    expect(new Set(once)).toEqual(new Set([201, 502]));
    expect(await byChance()).toEqual(once);
  });

  test('an echo repeats key and body, and carries nothing out', async () => {
    await arm({ match: { next: 1 }, fault: { kind: 'echo', status: 403 } });
    const { status, headers, json } = await braze.track(object('echoed'));
    expect(status).toBe(403);
    expect(JSON.stringify(json)).toMatch(/Bearer .*echoed/);
    expect(Buffer.from(String(headers['x-echo']), 'base64url').toString()).toMatch(/^Bearer .*echoed/);
    expect(await braze.read('echoed')).toBeUndefined();
  });

  test.each([1, 2])('an echo may end within a character: %i', async (length) => {
    await arm({ match: { next: 1 }, fault: { kind: 'echo', status: 500 } });
    const { status, headers } = await braze.track(object(`${'a'.repeat(length)}${'😀'.repeat(2_000)}`));
    expect(status).toBe(500);
    expect(headers['x-echo']).toHaveLength(2_000);
  });

  test('a 429 on demand says when to come back; a 5xx can strike after the request was carried out', async () => {
    await arm({ match: { next: 1 }, fault: { kind: 'status', status: 429, retryAfterS: 2 } });
    const limited = await braze.track(object('a'));
    expect([limited.status, limited.headers['x-ratelimit-remaining']]).toEqual([429, '0']);
    await arm({ match: { next: 1 }, fault: { kind: 'status', status: 504, applied: true } });
    expect((await braze.track(object('b'))).status).toBe(504);
    expect(await braze.read('a')).toBeUndefined();
    expect(await braze.read('b')).toBeDefined();
  });

  test('a request that was carried out waits for whoever looks at it, and is answered then', async () => {
    const { workspace } = braze.sandbox;
    let letGo: () => void = () => undefined;
    const seen = new Promise<unknown>((resolve) => {
      workspace.beforeAnswer = async ({ request, reply, fault }) => {
        resolve([request.path, reply.status, fault?.kind, workspace.statistics.objects.attributes]);
        await new Promise<void>((go) => (letGo = go));
      };
    });
    await arm({ match: { next: 1 }, fault: { kind: 'slow', delayMs: 1 } });
    let isAnswered = false;
    const answer = braze.track(object('a')).finally(() => (isAnswered = true));
    expect(await seen).toEqual(['/users/track', 201, 'slow', 1]);
    expect(isAnswered).toBe(false);
    workspace.beforeAnswer = undefined;
    letGo();
    expect((await answer).status).toBe(201);
  });

  test('a time-out before leaves nothing, one after leaves the write', async () => {
    await arm({ match: { next: 1 }, fault: { kind: 'timeoutBefore' } });
    await arm({ match: { next: 1 }, fault: { kind: 'timeoutAfterApply' } });
    for (const id of ['before', 'after']) {
      await expect(braze.call('POST', '/users/track', object(id), { timeoutMs: 200 })).rejects.toThrow();
    }
    expect(await braze.read('before')).toBeUndefined();
    expect(await braze.read('after')).toBeDefined();
  });

  test('a held connection is hung up after holdMs', async () => {
    await arm({ match: { next: 1 }, fault: { kind: 'timeoutAfterApply', holdMs: 20 } });
    await expect(braze.track(object('a'))).rejects.toThrow();
  });

  test('truncated and wrong bodies come after the write', async () => {
    await arm({ match: { next: 1 }, fault: { kind: 'truncatedBody' } });
    await expect(braze.track(object('cut'))).rejects.toThrow();
    await arm({ match: { next: 1 }, fault: { kind: 'wrongJson' } });
    const wrong = await braze.track(object('wrong'));
    expect(wrong.status).toBe(201);
    expect(() => JSON.parse(wrong.text) as unknown).toThrow();
    expect(await braze.read('cut')).toBeDefined();
    expect(await braze.read('wrong')).toBeDefined();
  });

  test('an error without index refuses one object and does not say which', async () => {
    await arm({ match: { next: 1 }, fault: { kind: 'errorWithoutIndex' } });
    const { status, json } = await braze.track({ attributes: [{ external_id: 'a' }, { external_id: 'b' }] });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      attributes_processed: 1,
      errors: [{ input_array: 'attributes', type: 'Invalid object' }],
    });
    expect(await braze.read('b')).toBeUndefined();
  });

  test('a slow answer comes in the end', async () => {
    await arm({ match: { next: 1 }, fault: { kind: 'slow', delayMs: 30 } });
    expect((await braze.track(object('a'))).status).toBe(201);
  });

  test('a rule that does not fit is refused with its problem', async () => {
    const rule = { match: { next: 0 }, fault: { kind: 'status', status: 418 } };
    const { status, json } = await braze.call('POST', '/_sandbox/faults', { faults: [rule] });
    expect(status).toBe(400);
    expect(json['problems']).toEqual(expect.arrayContaining([expect.stringContaining('faults.0')]));
  });
});
