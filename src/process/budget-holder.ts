import { type LocalBudget, type RequestBudget } from '../adapters/braze/budget';
import { type LeaseAnswer, type LeaseRequest, type ReleaseRequest } from '../contract/workspace-budget';
import {
  LEASE,
  LIMITED_ENDPOINTS,
  type LimitedEndpoint,
  type PerEndpoint,
  type Wish,
} from '../domain/workspace-budget';

/** Who shares a workspace's budget out. Both may reject: the holder then lives on what it has. */
export interface BudgetAuthority {
  lease(request: LeaseRequest): Promise<LeaseAnswer>;
  release(request: ReleaseRequest): Promise<void>;
}

/** What a holder is made of. */
export interface BudgetHolderOptions {
  /** Its name among all holders. */
  holder: string;
  authority: BudgetAuthority;
  /** Requests per second of the whole workspace. */
  limits: PerEndpoint<number>;
  /** Budgets that were allowed nothing yet; their clock is this holder's. */
  budgets: PerEndpoint<LocalBudget>;
  /** Monotonic milliseconds, the same as the budgets'. */
  now: () => number;
  /** The wall clock, the same as the budgets'; replaceable in tests. */
  epochMs?: () => number;
  /** Told once when the authority begins to fail. */
  onTrouble(error: unknown): void;
}

/** A share that nobody used for so long is given back: others may have a use for it. */
const IDLE_MS = 1_000;
/** When the authority could not be asked, it is asked again after this long. */
const RETRY_MS = 1_000;
/** A pause of Braze's above this is worth a lease of its own, so that others learn of it. */
const WORTH_TELLING_MS = 3_000;
/** Over less than this, what was sent says nothing about what could be. */
const STOCK_MS = 1_000;
/** What a holder asks for beyond what it used: it learns of a greater need only by being short. */
const HEADROOM = 1.5;

/**
 * One process's part of a workspace's budget. It asks for shares while somebody wants to send, and sends by a share only
 * until its lease is over, counted on its own clocks from before it asked: whatever happens on the way, others get what is
 * not renewed. Without an answer in time its budgets hold everybody back until there is one.
 */
export class BudgetHolder {
  readonly track: RequestBudget;
  readonly exportIds: RequestBudget;
  private readonly options: BudgetHolderOptions;
  private readonly demands: PerEndpoint<number> = { track: 0, exportIds: 0 };
  private readonly wantedAt: PerEndpoint<number> = { track: -Infinity, exportIds: -Infinity };
  private stockAt: number;
  private grant = 0;
  private toldUntil = -Infinity;
  private renewAfterMs = 0;
  private isInTrouble = false;
  private isClosed = false;
  private keeping: Promise<void> | undefined;
  private wake: () => void = () => undefined;
  private isWoken = false;

  constructor(options: BudgetHolderOptions) {
    this.options = options;
    this.stockAt = options.now();
    this.track = this.endpointBudget('track');
    this.exportIds = this.endpointBudget('exportIds');
  }

  /** Whether somebody waits for a turn or has a request in flight. */
  isInUse(): boolean {
    return LIMITED_ENDPOINTS.some((endpoint) => this.options.budgets[endpoint].isInUse());
  }

  /** Gives back what it holds; nobody gets anything from it any more, and those who wait go with `false`. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const endpoint of LIMITED_ENDPOINTS) this.options.budgets[endpoint].close();
    this.interrupt();
    await this.keeping;
  }

  private endpointBudget(endpoint: LimitedEndpoint): RequestBudget {
    const budget = this.options.budgets[endpoint];
    return {
      take: (signal) => {
        if (!this.isClosed) this.want(endpoint);
        return budget.take(signal);
      },
      release: () => budget.release(),
      observe: (status, headers) => {
        budget.observe(status, headers);
        if (status === 429) this.tellOfPause(budget);
      },
    };
  }

  private want(endpoint: LimitedEndpoint): void {
    this.wantedAt[endpoint] = this.options.now();
    if (!this.keeping) this.keeping = this.keep();
    else if (this.demands[endpoint] === 0 && this.options.budgets[endpoint].pauseLeft().inAllMs === 0) {
      this.demands[endpoint] = this.options.limits[endpoint];
      this.interrupt();
    }
  }

  /** The others run into the same pause; each that is told before saves Braze its requests. */
  private tellOfPause(budget: LocalBudget): void {
    const { toldMs } = budget.pauseLeft();
    const until = this.options.now() + toldMs;
    if (toldMs <= WORTH_TELLING_MS || until <= this.toldUntil + WORTH_TELLING_MS) return;
    this.toldUntil = until;
    this.interrupt();
  }

  private async keep(): Promise<void> {
    // Whoever wants something while the last lease is being given back is served by another round.
    while (!this.isClosed && this.isWanted()) {
      const restMs = await this.renew();
      const pauseMs = this.wholePauseMs();
      // A share that cannot be used is of no use, and renewing it through an hour's pause would cost hundreds of Updates.
      if (pauseMs > LEASE.renewMs) await this.giveBack();
      await this.rest(Math.max(restMs, pauseMs > LEASE.renewMs ? pauseMs : 0));
    }
    await this.giveBack();
    this.keeping = undefined;
    if (!this.isClosed && this.isWanted()) this.keeping = this.keep();
  }

  /** Asks for shares and puts them into force; answers when to ask again. */
  private async renew(): Promise<number> {
    const { authority, holder, now } = this.options;
    this.isWoken = false;
    const startedAt = now();
    const startedEpochMs = this.epochMs();
    this.estimateDemands(startedAt);
    const { grant } = this;
    const request = { holder, grant, track: this.wish('track'), exportIds: this.wish('exportIds') };
    try {
      this.apply(await authority.lease(request), startedAt, startedEpochMs);
    } catch (error) {
      // The share runs out by itself if this goes on, and those who wait for a turn can leave by their signals.
      if (!this.isInTrouble) this.options.onTrouble(error);
      this.isInTrouble = true;
      return RETRY_MS;
    }
    this.isInTrouble = false;
    return startedAt + this.renewAfterMs - now();
  }

  private apply(answer: LeaseAnswer, startedAt: number, startedEpochMs: number): void {
    this.grant = answer.grant;
    this.renewAfterMs = answer.renewAfterMs;
    const untilMs = startedAt + answer.leaseMs;
    const untilEpochMs = startedEpochMs + answer.leaseMs;
    for (const endpoint of LIMITED_ENDPOINTS) {
      const { requestsPerSecond, ofLimit, pauseMs } = answer[endpoint];
      const budget = this.options.budgets[endpoint];
      budget.pauseFor(pauseMs);
      budget.allow({ requestsPerSecond, ofLimit, untilMs, untilEpochMs });
    }
  }

  private wish(endpoint: LimitedEndpoint): Wish {
    const { limits, budgets } = this.options;
    const pauseMs = budgets[endpoint].pauseLeft().toldMs;
    return { limit: limits[endpoint], demand: this.demands[endpoint], pauseMs };
  }

  private estimateDemands(now: number): void {
    const seconds = (now - this.stockAt) / 1_000;
    const isTelling = seconds * 1_000 >= STOCK_MS;
    if (isTelling) this.stockAt = now;
    for (const endpoint of LIMITED_ENDPOINTS) {
      const limit = this.options.limits[endpoint];
      const usage = isTelling ? this.options.budgets[endpoint].takeStock() : undefined;
      if (!this.isEndpointWanted(endpoint)) this.demands[endpoint] = 0;
      else if (this.demands[endpoint] === 0 || usage?.wasShort) this.demands[endpoint] = limit;
      else if (usage) this.demands[endpoint] = Math.min(limit, 1 + (HEADROOM * usage.started) / seconds);
    }
  }

  private isWanted(): boolean {
    return LIMITED_ENDPOINTS.some((endpoint) => this.isEndpointWanted(endpoint));
  }

  private isEndpointWanted(endpoint: LimitedEndpoint): boolean {
    const isRecent = this.options.now() - this.wantedAt[endpoint] < IDLE_MS;
    return isRecent || this.options.budgets[endpoint].isInUse();
  }

  /** How much longer every endpoint that is wanted is paused; 0 if one is not, or none is wanted. */
  private wholePauseMs(): number {
    const wanted = LIMITED_ENDPOINTS.filter((endpoint) => this.isEndpointWanted(endpoint));
    // The least of none would be a pause for ever.
    if (wanted.length === 0) return 0;
    return Math.min(...wanted.map((endpoint) => this.options.budgets[endpoint].pauseLeft().inAllMs));
  }

  private async giveBack(): Promise<void> {
    const { authority, holder, budgets } = this.options;
    if (this.grant === 0) return;
    const { grant } = this;
    this.grant = 0;
    for (const endpoint of LIMITED_ENDPOINTS) {
      this.demands[endpoint] = 0;
      budgets[endpoint].allow({ requestsPerSecond: 0, ofLimit: 0, untilMs: -Infinity });
    }
    try {
      await authority.release({ holder, grant });
    } catch {
      // What could not be given back runs out by itself.
    }
  }

  /** Waits, but not longer than anybody has a use for the share. */
  private async rest(ms: number): Promise<void> {
    const until = this.options.now() + ms;
    for (let left = ms; left > 0; left = until - this.options.now()) {
      if (this.isWoken || this.isClosed || !this.isWanted()) return;
      await this.pause(Math.min(left, IDLE_MS));
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private epochMs(): number {
    return this.options.epochMs?.() ?? Date.now();
  }

  private interrupt(): void {
    this.isWoken = true;
    this.wake();
  }
}
