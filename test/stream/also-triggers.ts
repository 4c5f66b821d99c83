import { type CallFactory } from '../../src/activities/shard-stay';
import { callsOf, engagement, type ShardWorld } from './shard-world';

/** Has a second engagement, `triggers`, send whoever does `c` to a Canvas; answers how the calls of both are made. */
export async function alsoTriggers(world: ShardWorld): Promise<CallFactory> {
  const entered = { name: 'c', version: 1, condition: { event: 'c', atLeast: 1 } };
  await world.change('activate', engagement('triggers', { exitAction: undefined, segment: entered }));
  const [canvas, attributes] = [callsOf('canvas'), callsOf('attributes')];
  return {
    ...attributes,
    make: (call) => (call.engagement.name === 'triggers' ? canvas : attributes).make(call),
  };
}
