import { trackBody, objectAffixes } from '../../../src/domain/track-body';
import { BENCH_AUDIENCE, preparePlan, type StateServer } from './prepared-plan';
import { median, rounded, say } from './say';
import { sendByBrazier } from './send-by-brazier';
import { bareBody, idsInMemory, sendBare } from './send-bare';
import { startServerChild } from './server-child';

const ROUNDS = 3;
/** The default of an integration. */
const CONNECTIONS = 32;
/** Far above what the machine can do: here nothing is to be waited for. */
const UNLIMITED = 1e9;
const WARM_UP_MEMBERS = 150_000;

/**
 * The throughput of sending a prepared plan over that of a bare undici loop with the same bodies and as many
 * connections: median of three pairs, whose order alternates, both to one server in a process of its own.
 */
export async function measureRatio(state: StateServer, members: number): Promise<number> {
  assertSameBodies();
  const sink = await startServerChild('sink-process', {});
  try {
    const limits = { connections: CONNECTIONS, requestsPerSecond: UNLIMITED };
    const ids = idsInMemory(members);
    const prepared = await preparePlan(state.bucket, members);
    const warmUp = await preparePlan(state.bucket, WARM_UP_MEMBERS);
    await sendBare(ids.slice(0, WARM_UP_MEMBERS), sink.url, CONNECTIONS);
    await sendByBrazier(state.bucket, warmUp, sink.url, limits);
    const brazier = async () => (await sendByBrazier(state.bucket, prepared, sink.url, limits)).seconds;
    const bare = async () => (await sendBare(ids, sink.url, CONNECTIONS)).seconds;
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const bareFirst = round % 2 === 1;
      const early = bareFirst ? await bare() : undefined;
      const ours = await brazier();
      const theirs = early ?? (await bare());
      ratios.push(theirs / ours);
      const perSecond = (seconds: number) => Math.round(members / seconds);
      say(
        `ratio: round ${round + 1}: ${perSecond(ours)} members/s, bare loop ${perSecond(theirs)}: ${rounded(theirs / ours, 3)}`,
      );
    }
    return median(ratios);
  } finally {
    await sink.close();
  }
}

/** A comparison of different bodies would compare nothing. */
function assertSameBodies(): void {
  const { attribute, value } = BENCH_AUDIENCE;
  const ids = idsInMemory(BENCH_AUDIENCE.objectsPerRequest);
  const affixes = objectAffixes({
    identifier: 'external_id',
    attribute,
    value,
    operation: 'add',
    createProfiles: false,
  });
  const ours = trackBody(
    ids.map((id) => JSON.stringify(id)),
    affixes,
  );
  if (ours !== bareBody(ids)) throw new Error('invariant: the two senders build different bodies');
}
