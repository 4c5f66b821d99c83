import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rounded, say } from '../million/say';
import { actionsBetween, readActions, totalOf } from '../million/temporal-actions';
import { readArrivals } from './arrivals';
import { CONNECTIONS, PER_POST, sayGenerator } from './bare';
import { NUMBER_ATTRIBUTE } from './engagement';
import { type EventPlan } from './events';
import { generate, type GeneratorReport } from './generator';
import { databaseBytes, drain, leftOver, lostOf, readLatencies, readOutcomes } from './outcomes';
import { cpuSecondsOf } from './process-cpu';
import { INTEGRATION, SOURCE, type Stage, withStage } from './stage';

/** What is asked for. */
export interface StreamOptions {
  rate: number;
  seconds: number;
  people: number;
  /** Begin with processes that have just started and people of whom nobody has heard. */
  isCold: boolean;
}

/** The benchmark's last line. */
export interface StreamResult {
  /** Accepted events per second. */
  rate: number;
  seconds: number;
  /** From the capture of an event, which is durable before its 202, to Braze's 201. */
  p50Ms: number;
  p99Ms: number;
  /** Temporal's own count of what it would bill, per accepted event. */
  actionsPerEvent: number;
  /** Accepted events without a known outcome. */
  lost: number;
}

const DRAIN_PATIENCE_MS = 120_000;
const PROGRESS_EVERY_MS = 5_000;
const MIB = 1_048_576;

/** Posts events at a fixed rate through the whole of Brazier into a sandbox, and looks at each of them afterwards. */
export async function measureStream(options: StreamOptions): Promise<StreamResult> {
  return withStage((stage) => measureOn(stage, options));
}

async function measureOn(
  stage: Stage,
  { rate, seconds, people, isCold }: StreamOptions,
): Promise<StreamResult> {
  const { database, stack, metricsPort } = stage;
  const known = isCold ? 0 : people;
  const plan: EventPlan = { people, events: known + rate * seconds };
  const introduced = known === 0 ? NOBODY : await introduce(stage, plan, Math.ceil(rate / 2));
  const actionsSoFar = () => readActions(metricsPort, stack.temporal.namespace);
  const [actionsBefore, cpuBefore, bytesBefore] = [
    await actionsSoFar(),
    await cpuOf(stage),
    await databaseBytes(database),
  ];
  say(`stream: posting ${rate} events/s for ${seconds} s, ${PER_POST} in a post, about ${people} people`);
  const stopWatch = watch(stage);
  const clockMs = Date.now();
  const { report, acceptedAtMs } = await post(stage, plan, { first: known, events: rate * seconds, rate });
  const drainSeconds = await drain(database, INTEGRATION, DRAIN_PATIENCE_MS).finally(stopWatch);
  const cpuAfter = await cpuOf(stage);
  const actions = actionsBetween(actionsBefore, await actionsSoFar());
  sayGenerator('stream: from a post being due to its 202', report);
  const whole = report.seconds + drainSeconds;
  const shares = Object.entries(cpuAfter).map(([name, after]) => {
    const share = (100 * (after - (cpuBefore[name] ?? 0))) / whole;
    return `${name} ${rounded(share)} %`;
  });
  say(`stream: drained after ${rounded(drainSeconds)} s; of one core: ${shares.join(', ')}`);
  const grown = ((await databaseBytes(database)) - bytesBefore) / MIB;
  say(
    `stream: PostgreSQL grew by ${rounded(grown)} MiB, ${Math.round((grown * MIB) / report.acceptedEvents)} bytes per event`,
  );
  const kinds = Object.entries(actions).map(([kind, count]) => `${count} ${kind}`);
  say(`stream: ${totalOf(actions)} Temporal actions: ${kinds.join(', ')}`);
  await sayArrivals(stage.braze.url, plan, new Float64Array([...introduced, ...acceptedAtMs]), known);
  const latencies = await readLatencies(database, INTEGRATION, clockMs);
  say(`stream: from capture to Braze's answer, by the calls' own times: ${latencies.summary()}`);
  latencies.sayBars();
  const outcomes = await readOutcomes(database, INTEGRATION, SOURCE);
  say(`stream: outcomes: ${JSON.stringify(outcomes)}`);
  return {
    // As it was, which a generator that is kept waiting makes less than was asked for.
    rate: rounded(report.acceptedEvents / report.seconds),
    seconds: rounded(report.seconds),
    p50Ms: rounded(latencies.percentileMs(50)),
    p99Ms: rounded(latencies.percentileMs(99)),
    actionsPerEvent: rounded(totalOf(actions) / report.acceptedEvents, 6),
    lost: lostOf(introduced.filter((atMs) => atMs > 0).length + report.acceptedEvents, outcomes),
  };
}

const NOBODY = new Float64Array(0);

/** One event of each person, outside of the clock: a company's people are known, and its processes have been running for long. */
async function introduce(stage: Stage, plan: EventPlan, rate: number): Promise<Float64Array> {
  say(`stream: making ${plan.people} people known, ${rate} a second`);
  const { acceptedAtMs } = await post(stage, plan, { first: 0, events: plan.people, rate });
  await drain(stage.database, INTEGRATION, DRAIN_PATIENCE_MS);
  return acceptedAtMs;
}

async function post(
  { stack, sourceKey, stateDir }: Stage,
  { people }: EventPlan,
  share: { first: number; events: number; rate: number },
): Promise<{ report: GeneratorReport; acceptedAtMs: Float64Array }> {
  const acceptedFile = join(stateDir, `accepted-from-${share.first}.bin`);
  const report = await generate({
    url: stack.gatewayUrl,
    path: '/v1/events',
    headers: { authorization: `Bearer ${sourceKey}` },
    ...{ ...share, people, perPost: PER_POST, connections: CONNECTIONS, acceptedFile },
  });
  return { report, acceptedAtMs: new Float64Array((await readFile(acceptedFile)).buffer) };
}

async function sayArrivals(
  url: string,
  plan: EventPlan,
  accepted: Float64Array,
  clockFrom: number,
): Promise<void> {
  const { arrived, missing, outOfOrder, repeated, latencies } = await readArrivals(
    url,
    NUMBER_ATTRIBUTE,
    plan,
    accepted,
    clockFrom,
  );
  say(
    `stream: the sandbox met the values of ${arrived} events; ${missing.length} accepted ones are missing, ${outOfOrder} came out of order, ${repeated} came again`,
  );
  if (missing.length > 0) say(`stream: missing: ${missing.slice(0, 20).join(', ')}`);
  say(`stream: from the 202 to the sandbox, by nobody's books: ${latencies.summary()}`);
}

/** CPU seconds of each part so far. */
async function cpuOf({ stack, braze }: Stage): Promise<Record<string, number>> {
  const pids = {
    gateway: stack.gateway?.pid,
    worker: stack.worker?.pid,
    PostgreSQL: stack.postgres?.pid,
    Temporal: stack.temporal.pid,
    sandbox: braze.pid,
  };
  const { user, system } = process.cpuUsage();
  const used: Record<string, number> = { 'this process': (user + system) / 1e6 };
  for (const [name, pid] of Object.entries(pids))
    used[name] = pid === undefined ? 0 : await cpuSecondsOf(pid);
  return used;
}

/** Tells every few seconds how much is left to do. */
function watch({ database }: Stage): () => void {
  const timer = setInterval(() => {
    leftOver(database, INTEGRATION).then(
      ({ entries, calls }) => say(`stream: ${entries} entries and ${calls} calls to do`),
      (error: unknown) => say(`stream: ${String(error)}`),
    );
  }, PROGRESS_EVERY_MS);
  return () => clearInterval(timer);
}
