import { attributesOf, openTestWorkspace, type TestWorkspace } from '../test-workspace';
import { PendingWrites } from './pending-writes';
import { type TrackWrites } from './track-writes';

function writesOf(id: string): TrackWrites {
  return { attributes: [{ external_id: id }], events: [], purchases: [] };
}

describe('PendingWrites', () => {
  test('applies by due time, and in order of arrival where that is equal', () => {
    const applied: unknown[] = [];
    const pending = new PendingWrites((writes) => applied.push(writes.attributes[0]?.['external_id']));
    const delaysMs = [500, 100, 900, 300, 700, 200, 800, 600, 400];
    for (const delayMs of delaysMs) pending.schedule(writesOf(String(delayMs)), delayMs, () => undefined);
    expect([pending.requests, pending.objects]).toEqual([9, 9]);
    pending.flush();
    expect(applied).toEqual(delaysMs.map(String).sort());
    expect([pending.requests, pending.objects]).toEqual([0, 0]);
  });

  test('applies by itself when the time has come', async () => {
    const pending = new PendingWrites(() => undefined);
    await new Promise<void>((applied) => {
      pending.schedule(writesOf('later'), 60_000, () => undefined);
      pending.schedule(writesOf('soon'), 5, applied);
    });
    expect(pending.requests).toBe(1);
    pending.flush();
  });
});

describe('applying later', () => {
  let braze: TestWorkspace;
  afterEach(() => braze.close());

  test('201 comes before anything can be seen', async () => {
    braze = await openTestWorkspace({ applyLagMs: 60_000 });
    await braze.track({ attributes: [{ external_id: 'a', x: 1 }] });
    const early = await braze.call('POST', '/users/export/ids', { external_ids: ['a'] });
    expect(early.json['invalid_user_ids']).toEqual(['a']);
    expect((await braze.call('GET', '/_sandbox/profiles?pending=count')).json).toEqual({
      pendingRequests: 1,
      pendingWrites: 1,
    });
    const flushed = await braze.call('POST', '/_sandbox/flush');
    expect(flushed.json).toEqual({ applied: { requests: 1, objects: 1 } });
    expect(attributesOf(await braze.read('a'))).toEqual({ x: 1 });
  });

  test('jitter lets requests overtake each other, the same way for the same seed', async () => {
    const orderOf = async (seed: number): Promise<unknown> => {
      braze = await openTestWorkspace({ applyLagMs: 60_000, applyJitterMs: 60_000_000, seed });
      for (let count = 0; count < 12; count++)
        await braze.track({ attributes: [{ external_id: 'a', order: { add: [count] } }] });
      const order = attributesOf(await braze.read('a'))['order'];
      await braze.close();
      return order;
    };
    const once = await orderOf(3);
    expect(once).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await orderOf(3)).toEqual(once);
    braze = await openTestWorkspace();
  });

  test('two requests on one user, attribute and value at a time are noticed', async () => {
    braze = await openTestWorkspace({ applyLagMs: 60_000, trackOverlaps: true });
    const write = (change: object): Promise<unknown> =>
      braze.track({ attributes: [{ external_id: 'a', list: change }] });
    const overlaps = async (): Promise<unknown> =>
      (await braze.call('GET', '/_sandbox/stats')).json['overlaps'];
    await write({ add: ['x'] });
    await write({ add: ['y'] });
    expect(await overlaps()).toMatchObject({ inFlight: 0, unapplied: 0, examples: [] });
    await write({ remove: ['x'] });
    expect(await overlaps()).toMatchObject({
      inFlight: 0,
      unapplied: 1,
      oppositeUnapplied: 1,
      examples: ['a list x'],
    });
    await braze.call('POST', '/_sandbox/flush');
    await write({ add: ['x'] });
    expect(await overlaps()).toMatchObject({ unapplied: 1 });
    await braze.call('POST', '/_sandbox/faults', {
      faults: [{ match: { next: 1 }, fault: { kind: 'slow', delayMs: 300 } }],
    });
    await Promise.all([write({ add: ['z'] }), write({ add: ['z'] })]);
    expect(await overlaps()).toMatchObject({ inFlight: 1, oppositeInFlight: 0 });
  });
});
