import { createCallFactory } from '../process/stream-calls';
import { callsOf, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';

const SECRETS = [
  ['plain', 'Qx7-plain-secret'],
  ['with what JSON escapes', String.raw`Qx7 "quoted" \back\\slashed/ <&> é😀 secret`],
] as const;

let world: ShardWorld;
beforeEach(async () => {
  world = await startShardWorld();
});
afterEach(() => world.close());

test.each(
  SECRETS.flatMap(([name, secret]) =>
    (['attributes', 'events', 'canvas'] as const).map((shape) => ({ name, secret, shape })),
  ),
)('a secret $name that Braze repeats in a refusal of $shape is kept nowhere', async ({ secret, shape }) => {
  const made = callsOf(shape, () => ({ k: '[secret]' }));
  const pointer = {
    attributes: '/attributes/0/k',
    events: '/events/0/properties/k',
    canvas: '/recipients/0/canvas_entry_properties/k',
  }[shape];
  const { parts } = createCallFactory({
    registry: { externalApiVersion: () => Promise.reject(new Error('not asked')) },
    secrets: { resolve: () => Promise.resolve({ ok: true, value: secret }) },
  });
  const path = shape === 'canvas' ? '/canvas/trigger/send' : '/users/track';
  world.braze.workspace.faults.add({ path, match: { next: 10 }, fault: { kind: 'echo', status: 400 } });
  await world.post([{ person: 1 }, { person: 2 }, { person: 3 }]);
  const keeping = world.keep(0, {
    calls: {
      ...made,
      make(call) {
        const rendered = made.make(call);
        if (!rendered.ok) return rendered;
        return { ok: true, request: { ...rendered.request, secrets: [{ pointer, reference: 'env:K' }] } };
      },
      parts,
    },
  });
  await world.settled();
  expect(await keeping.end()).toMatchObject({ refused: 3 });
  const calls = await world.rows<{ state: string; reason: string }>('SELECT state, reason FROM brazier.call');
  expect(calls).toHaveLength(3);
  for (const { state, reason } of calls) {
    expect(state).toBe('refused');
    expect(reason).toMatch(/^Refused: .*\[redacted\]/);
    expect(reason).not.toMatch(/Qx7|quoted|slashed|secret"/);
  }
});
