import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosAudience } from './audience';
import { strike, type BlowTools } from './blows';
import { type DealtPoint, dealRounds, type Hand, type RoundPlan } from './deal';
import { describePoint } from './kill-points';
import { ledgerProblems } from './ledgers';
import { attend, type Ended, inputFor, type RunDriver, startByHand, type StartedRun } from './refresh';
import { extraRequests } from './requests';
import { openStage, type Stage, type StageOptions } from './stage';

/** How long a chaos run goes on, and who starts its runs. */
export interface ChaosOptions {
  seed: number;
  audiences: number;
  /** Asked before each round, with how many refreshes are through; false ends it. */
  goesOn: (refreshes: number) => boolean;
  log: (line: string) => void;
  driver?: RunDriver;
  entry?: string | undefined;
  /** Overrides of the processes' environment. */
  env?: Readonly<Record<string, string>>;
}

/** What a chaos run has seen. Everything but the first few counts has to be empty. */
export interface ChaosResult {
  seed: number;
  rounds: number;
  refreshes: number;
  runs: number;
  /** Kill points that were reached. */
  kills: number;
  byKind: Record<string, number>;
  processesEnded: number;
  /** Spoilt answers that Braze gave, by what was wrong with them. */
  braze: Record<string, number>;
  notReached: string[];
  profilesCompared: number;
  mismatches: string[];
  ledgerMismatches: string[];
  extraRequests: string[];
  /** Opposite writes of one person's value that were on their way at the same time. */
  overtaking: number;
  /** The same write of one person's value, twice unanswered at the same time. */
  twiceInFlight: number;
}

/** A refresh that is not through after so many runs never will be. */
const MOST_RUNS = 25;
const BUSY_MS = 5_000;

/** Refreshes every audience round by round, while what the seed says goes wrong; then compares everything. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const chaos = new ChaosRun(options);
  const stageOptions: StageOptions = {
    ...options,
    strike: (stage, reached) => strike(stage, chaos.tools(stage), reached),
    report: (victims, reasons) => chaos.tellKill(victims, reasons),
  };
  const stage = await openStage(stageOptions);
  try {
    return await chaos.run(stage);
  } finally {
    await stage.close();
  }
}

class ChaosRun {
  private readonly startedMs = performance.now();
  private readonly pressed = new Set<string>();
  private readonly generations = new Map<string, number>();
  private readonly options: ChaosOptions;
  private readonly driver: RunDriver;
  private kill = 0;
  private readonly result: ChaosResult;

  constructor(options: ChaosOptions) {
    this.options = options;
    this.driver = options.driver ?? startByHand;
    this.result = {
      ...{ seed: options.seed, rounds: 0, refreshes: 0, runs: 0, kills: 0, byKind: {}, processesEnded: 0 },
      ...{ braze: {}, notReached: [], profilesCompared: 0, mismatches: [], ledgerMismatches: [] },
      ...{ extraRequests: [], overtaking: 0, twiceInFlight: 0 },
    };
  }

  async run(stage: Stage): Promise<ChaosResult> {
    const { result, options } = this;
    const rounds = dealRounds(options.seed, options.audiences);
    while (options.goesOn(result.refreshes) && !this.isBroken()) await this.round(stage, rounds.next().value);
    const { reached } = stage.triggers;
    result.kills = reached.length;
    for (const { point } of reached) result.byKind[point.category] = (result.byKind[point.category] ?? 0) + 1;
    const { overlaps, statistics } = stage.stack.sandbox.workspace;
    const { oppositeInFlight, oppositeUnapplied } = overlaps.counts;
    result.overtaking = oppositeInFlight + oppositeUnapplied;
    result.twiceInFlight = overlaps.counts.inFlight;
    result.braze = statistics.faults;
    result.processesEnded = stage.crew.ended;
    return result;
  }

  tools(stage: Stage): BlowTools {
    return {
      log: (line) => this.log(line),
      replaceSource: (audience, members) => putSource(stage, audience, members),
      startAgain: async (audience) => {
        const workflowId = await this.driver.start(stage, inputFor(audience, []));
        stage.intruders.set(audience.name, [...(stage.intruders.get(audience.name) ?? []), workflowId]);
      },
    };
  }

  tellKill(victims: readonly string[], reasons: readonly string[]): void {
    this.log(`kill ${(this.kill += 1)} of ${victims.join(' + ')} (${reasons.join('; ')})`);
  }

  private isBroken(): boolean {
    const { mismatches, ledgerMismatches, extraRequests: extra } = this.result;
    return mismatches.length + ledgerMismatches.length + extra.length > 0;
  }

  private async round(stage: Stage, plan: RoundPlan): Promise<void> {
    this.tellPlan(plan);
    const { faults } = stage.stack.sandbox.workspace;
    faults.clear();
    await Promise.all(plan.hands.map((hand) => this.prepare(stage, hand)));
    for (const rule of plan.mood) faults.add(rule);
    await Promise.all(plan.hands.map((hand) => this.refresh(stage, hand)));
    faults.clear();
    await this.compare(stage);
    this.result.rounds += 1;
  }

  /** Where somebody has to be able to leave, somebody has to have come: in peace, before anything goes wrong. */
  private async prepare(stage: Stage, hand: Hand): Promise<void> {
    const audience = stage.audiences[hand.audience];
    if (!audience || audience.version > 0 || !hand.points.some((point) => point.needsLedger)) return;
    await putSource(stage, audience, audience.next(hand.leave, hand.join));
    await this.runUntilThrough(stage, audience, []);
  }

  private async refresh(stage: Stage, hand: Hand): Promise<void> {
    const audience = stage.audiences[hand.audience];
    if (!audience) throw new Error(`there is no audience ${hand.audience}`);
    await putSource(stage, audience, audience.next(hand.leave, hand.join));
    stage.triggers.arm(audience.name, hand.points);
    const through = await this.runUntilThrough(stage, audience, hand.points);
    if (!through) this.result.mismatches.push(`${audience.name}: not through after ${MOST_RUNS} runs`);
    for (const point of stage.triggers.disarm(audience.name))
      this.result.notReached.push(`${audience.name}: ${describePoint(point)}`);
    this.result.refreshes += 1;
  }

  private async runUntilThrough(
    stage: Stage,
    audience: ChaosAudience,
    points: readonly DealtPoint[],
  ): Promise<boolean> {
    for (let run = 1; run <= MOST_RUNS;) {
      const { version } = audience;
      const input = inputFor(audience, points);
      const workflowId = await this.driver.start(stage, input);
      stage.current.set(audience.name, workflowId);
      const ended = await this.attendAll(stage, audience, { workflowId, input });
      const isBusy = ended.how === 'AUDIENCE_BUSY';
      if (!isBusy) this.log(`${audience.name}: run ${run} ended: ${ended.how}`);
      if (ended.complete && audience.version === version) return true;
      if (isBusy) await sleep(BUSY_MS);
      else run += 1;
    }
    return false;
  }

  /** The run, and whatever else was started of this audience meanwhile. */
  private async attendAll(stage: Stage, audience: ChaosAudience, started: StartedRun): Promise<Ended> {
    const ended = await attend(stage, audience, started, this.pressed);
    this.result.runs += 1;
    for (const intruder of stage.intruders.get(audience.name) ?? []) {
      const { how } = await attend(stage, audience, { ...started, workflowId: intruder }, this.pressed);
      this.log(`${audience.name}: second start ended: ${how}`);
    }
    stage.intruders.delete(audience.name);
    return ended;
  }

  private async compare(stage: Stage): Promise<void> {
    const { result } = this;
    const { profiles, wrong } = await stage.people.compare(stage.people.truthOf(stage.audiences));
    result.profilesCompared += profiles;
    result.mismatches.push(...wrong);
    for (const audience of stage.audiences) {
      result.ledgerMismatches.push(...(await ledgerProblems(stage, audience)));
      const after = this.generations.get(audience.name) ?? 0;
      const { extra, generation } = await extraRequests(stage, audience, after);
      result.extraRequests.push(...extra);
      this.generations.set(audience.name, generation);
    }
    stage.record.clear();
    this.log(
      `round ${result.rounds + 1}: ${profiles} profiles, ${wrong.length} wrong; ledgers: ${result.ledgerMismatches.length} wrong; requests: ${result.extraRequests.length} unexplained`,
    );
  }

  private tellPlan({ round, hands }: RoundPlan): void {
    this.log(`round ${round} of seed ${this.options.seed}`);
    for (const { audience, points } of hands)
      this.log(
        `  chaos-${audience}: ${points.map((point) => `${describePoint(point)} (after ${point.passes})`).join('; ')}`,
      );
  }

  private log(line: string): void {
    this.options.log(`${((performance.now() - this.startedMs) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  }
}

async function putSource(
  { exchange }: Stage,
  audience: ChaosAudience,
  members: readonly string[],
): Promise<void> {
  // Told first: a run that has begun before may read the new file, but has not to.
  audience.members = members;
  audience.version += 1;
  const put = await exchange.put(audience.sourceKey, `external_id\n${members.join('\n')}\n`);
  if (!put.ok) throw new Error(put.fault.message);
}
