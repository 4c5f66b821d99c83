import { setTimeout as sleep } from 'node:timers/promises';

/** What is posted, by clients that each have people of their own. */
export interface LaneLoad {
  url: string;
  key: string;
  lanes: number;
  /** External ids; each has one client, which posts their events one after another. */
  people: readonly string[];
  /** In all. */
  events: number;
  seconds: number;
  /** Of the person's nth event, from 1: it lets them into their segment and out of it by turns. */
  trait: (person: string) => string;
}

/** What the clients were told. */
export interface LaneReport {
  /** How many events of each person were answered with 202. */
  accepted: Map<string, number>;
  /** Posts that were refused or stayed without an answer, and were made again. */
  repeated: number;
}

const PER_POST = 100;
const PAUSE_MS = 200;
const ANSWER_MS = 10_000;

/** Id of the person's nth event. */
export function eventId(person: string, n: number): string {
  return `${person}-${n}`;
}

/** Posts until everything is accepted: a post without a 202 is made again, the same to the letter, before the next. */
export async function postInLanes(load: LaneLoad): Promise<LaneReport> {
  const report: LaneReport = { accepted: new Map(), repeated: 0 };
  const lanes = Array.from({ length: load.lanes }, (_, lane) =>
    postLane(
      load,
      load.people.filter((_person, at) => at % load.lanes === lane),
      report,
    ),
  );
  await Promise.all(lanes);
  return report;
}

async function postLane(load: LaneLoad, people: readonly string[], report: LaneReport): Promise<void> {
  const total = Math.round(load.events / load.lanes);
  const startedAt = performance.now();
  for (let first = 0; first < total; first += PER_POST) {
    const earlyMs = startedAt + (first / total) * load.seconds * 1_000 - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    const events = Array.from({ length: Math.min(PER_POST, total - first) }, (_, at) =>
      eventOf(load, people, first + at),
    );
    const body = JSON.stringify({ events: events.map(({ event }) => event) });
    while ((await post(load, body)) !== 202) {
      report.repeated += 1;
      await sleep(PAUSE_MS);
    }
    for (const { person, n } of events) report.accepted.set(person, n);
  }
}

function eventOf({ trait }: LaneLoad, people: readonly string[], number: number) {
  const person = people[number % people.length] ?? '';
  const n = Math.floor(number / people.length) + 1;
  const event = {
    id: eventId(person, n),
    name: 'Plan Changed',
    identifiers: { externalId: person },
    properties: { n },
    traits: { [trait(person)]: n % 2 === 1 },
  };
  return { person, n, event };
}

/** The status, or 0 without an answer: nobody knows then whether it was taken. */
async function post({ url, key }: LaneLoad, body: string): Promise<number> {
  try {
    const answer = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await answer.text();
    if (answer.status === 202 && !text.includes('"refused":[]')) return 0;
    return answer.status;
  } catch {
    return 0;
  }
}
