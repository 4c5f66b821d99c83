import { trackBody, objectAffixes } from '../../../src/domain/track-body';
import { BENCH_AUDIENCE, preparePlan, type StateServer } from './prepared-plan';
import { median, rounded, say } from './say';
import { sendByBrazier } from './send-by-brazier';
import { handmadeBody, idsInMemory, sendBare, serialisedBody } from './send-bare';
import { startServerChild } from './server-child';

const ROUNDS = 3;
/** The default of an integration. */
const CONNECTIONS = 32;
/** Far above what the machine can do: here nothing is to be waited for. */
const UNLIMITED = 1e9;
/** Until code is compiled and connections have been made once, everybody is slow. */
const WARM_UP_MEMBERS = 300_000;

interface Round {
  brazier: number;
  serialised: number;
  handmade: number;
}

/**
 * The throughput of sending a prepared plan over that of a bare undici loop with the same bodies and as many
 * connections: median of three rounds, whose order alternates, all to one server in a process of its own.
 */
export async function measureRatio(state: StateServer, members: number): Promise<number> {
  assertSameBodies();
  const sink = await startServerChild('sink-process', {});
  try {
    await measureRound(state, sink.url, WARM_UP_MEMBERS, 0);
    const ratios: number[] = [];
    for (let index = 0; index < ROUNDS; index += 1) {
      const round = await measureRound(state, sink.url, members, index);
      sayRound(index, members, round);
      ratios.push(round.serialised / round.brazier);
    }
    return median(ratios);
  } finally {
    await sink.close();
  }
}

/** Seconds that each sender takes for the same members. */
async function measureRound(
  { bucket }: StateServer,
  url: string,
  members: number,
  index: number,
): Promise<Round> {
  const prepared = await preparePlan(bucket, members);
  const ids = idsInMemory(members);
  const round: Round = { brazier: 0, serialised: 0, handmade: 0 };
  const limits = { connections: CONNECTIONS, requestsPerSecond: UNLIMITED };
  const senders = [
    async () => (round.brazier = (await sendByBrazier(bucket, prepared, url, limits)).seconds),
    async () => (round.serialised = await sendBare(ids, url, CONNECTIONS, serialisedBody)),
  ];
  if (index % 2 === 1) senders.reverse();
  for (const send of senders) await send();
  round.handmade = await sendBare(ids, url, CONNECTIONS, handmadeBody);
  return round;
}

function sayRound(index: number, members: number, { brazier, serialised, handmade }: Round): void {
  const speed = (seconds: number) => `${Math.round(members / seconds)} members/s`;
  say(
    `ratio: round ${index + 1}: ${speed(brazier)}; bare loop ${speed(serialised)}: ${rounded(serialised / brazier, 3)}; ` +
      `bare loop with handmade text ${speed(handmade)}: ${rounded(handmade / brazier, 3)}`,
  );
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
  if (ours !== serialisedBody(ids) || ours !== handmadeBody(ids))
    throw new Error('invariant: the senders build different bodies');
}
