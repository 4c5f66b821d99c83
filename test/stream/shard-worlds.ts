import { startShardWorld, type ShardWorld } from './shard-world';

/** Starts worlds that are closed after the test that has started them. */
export function shardWorlds(): typeof startShardWorld {
  const started: ShardWorld[] = [];
  afterEach(async () => {
    for (const world of started.splice(0).reverse()) await world.close();
  });
  return async (options) => {
    const world = await startShardWorld(options);
    started.push(world);
    return world;
  };
}
