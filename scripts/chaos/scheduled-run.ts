import { seededRandom } from '../../src/sandbox/seeded-random';
import { ChangingSource } from './changing-source';
import { ledgerProblems } from './ledgers';
import { mailsBySubject } from './mails';
import { changeAtRandom, killAtRandom, type RandomBlows, spoilBraze } from './random-blows';
import { extraRequests } from './requests';
import { createSchedule, endSchedule, RefreshLog, scheduleProblems } from './scheduled-refreshes';
import { openStage, type Stage } from './stage';

/** How long a scheduled chaos run goes on, and how often its schedules fire. */
export interface ScheduledOptions {
  seed: number;
  audiences: number;
  minutes: number;
  everySeconds: number;
  log: (line: string) => void;
  entry?: string | undefined;
}

/** What a scheduled chaos run has seen. Every list has to be empty. */
export interface ScheduledResult {
  seed: number;
  minutes: number;
  kills: number;
  processesEnded: number;
  /** Refreshes that schedules have started. */
  refreshes: number;
  byOutcome: Record<string, number>;
  /** Mails that operators got, by subject. */
  mails: Record<string, number>;
  profilesCompared: number;
  mismatches: string[];
  ledgerMismatches: string[];
  extraRequests: string[];
  /** Opposite writes of one person's value that were on their way at the same time. */
  overtaking: number;
}

/** For the last refresh: a recovery, its quiet period, and a schedule that may just have fired. */
const LAST_REFRESH_MS = 300_000;
const LAST_RUNS_MS = 180_000;

/** Lets schedules refresh audiences while everything goes wrong; then lets them refresh once in peace, and compares. */
export async function runScheduledChaos(options: ScheduledOptions): Promise<ScheduledResult> {
  const startedMs = performance.now();
  const log = (line: string) =>
    options.log(`${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  const random = seededRandom(options.seed + 2);
  const sources: ChangingSource[] = [];
  const stage = await openStage({
    ...options,
    report: () => undefined,
    strike: async (_, { audience: name }) => {
      await sources.find(({ audience }) => audience.name === name)?.putWhole(random);
      log(`${name}: was replaced while it was read`);
    },
  });
  try {
    sources.push(
      ...stage.audiences.map((audience, index) => new ChangingSource(stage.exchange, audience, index)),
    );
    return await new ScheduledRun(options, stage, sources, log).run();
  } finally {
    await stage.close();
  }
}

class ScheduledRun {
  private readonly refreshes: RefreshLog;
  private readonly mismatches: string[] = [];
  private readonly options: ScheduledOptions;
  private readonly stage: Stage;
  private readonly sources: readonly ChangingSource[];
  private readonly log: (line: string) => void;

  constructor(
    options: ScheduledOptions,
    stage: Stage,
    sources: readonly ChangingSource[],
    log: (line: string) => void,
  ) {
    this.options = options;
    this.stage = stage;
    this.sources = sources;
    this.log = log;
    this.refreshes = new RefreshLog(stage);
  }

  async run(): Promise<ScheduledResult> {
    const { stage, options } = this;
    const random = seededRandom(options.seed);
    for (const source of this.sources) {
      await source.putWhole(random);
      await createSchedule(stage, source, options.everySeconds);
    }
    const kills = await this.goWrong();
    for (const name of await stage.crew.settled()) this.mismatches.push(`${name} ended by itself`);
    await this.lastRefresh(random);
    return this.conclude(kills);
  }

  private async goWrong(): Promise<number> {
    const { stage, options, log } = this;
    const { seed, everySeconds, minutes } = options;
    const blows: RandomBlows = { seed, everySeconds, log, over: AbortSignal.timeout(minutes * 60_000) };
    const [kills] = await Promise.all([
      killAtRandom(stage, blows),
      spoilBraze(stage, blows),
      ...this.sources.map((source) => changeAtRandom(stage, source, blows)),
    ]);
    return kills;
  }

  /** By the schedules themselves, in peace; then they end, and nothing may be left. */
  private async lastRefresh(random: () => number): Promise<void> {
    const { stage, refreshes, mismatches, options } = this;
    await Promise.all(this.sources.map((source) => source.putWhole(random)));
    const sinceMs = Date.now();
    const untilMs = sinceMs + LAST_REFRESH_MS + 3_000 * options.everySeconds;
    this.log('the killing is over; the last complete files are there');
    for (const { audience } of this.sources) {
      const isThrough = await refreshes.isThrough(audience, sinceMs, untilMs);
      this.log(`${audience.name}: ${isThrough ? 'refreshed' : 'NOT refreshed'}`);
      if (!isThrough) mismatches.push(`${audience.name}: its schedule did not bring the last file to Braze`);
      mismatches.push(...(await scheduleProblems(stage, audience)));
    }
    for (const { audience } of this.sources) await endSchedule(stage, audience);
    const open = await refreshes.leftOpen(Date.now() + LAST_RUNS_MS);
    mismatches.push(...open.map((workflowId) => `${workflowId} was left open`));
  }

  private async conclude(kills: number): Promise<ScheduledResult> {
    const { stage, options, mismatches } = this;
    const { seed, minutes } = options;
    const { profiles, wrong } = await stage.people.compare(stage.people.truthOf(stage.audiences));
    const { refreshes, byOutcome } = await this.outcomes();
    const { oppositeInFlight, oppositeUnapplied } = stage.stack.sandbox.workspace.overlaps.counts;
    const result: ScheduledResult = {
      ...{ seed, minutes, kills, processesEnded: stage.crew.ended, refreshes, byOutcome },
      mails: await mailsBySubject(stage.stack.mailbox.webUrl),
      ...{ profilesCompared: profiles, mismatches: [...mismatches, ...wrong] },
      ...{ ledgerMismatches: [], extraRequests: [], overtaking: oppositeInFlight + oppositeUnapplied },
    };
    for (const audience of stage.audiences) {
      result.ledgerMismatches.push(...(await ledgerProblems(stage, audience)));
      result.extraRequests.push(...(await extraRequests(stage, audience, 0)).extra);
    }
    return result;
  }

  private async outcomes(): Promise<Pick<ScheduledResult, 'refreshes' | 'byOutcome'>> {
    const byOutcome: Record<string, number> = {};
    let refreshes = 0;
    for (const { audience } of this.sources) {
      for (const { ended } of await this.refreshes.of(audience)) {
        refreshes += 1;
        const how = ended?.how ?? 'under way';
        byOutcome[how] = (byOutcome[how] ?? 0) + 1;
      }
    }
    return { refreshes, byOutcome };
  }
}
