import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BrazierProcess, startBrazierProcess } from '../../src/dev/brazier-process';
import { type DevStack } from '../../src/dev/dev-stack';
import { startTemporalServer, type TemporalServer } from '../../src/dev/servers/temporal';

/** How a process of the crew is (re)started, and under which name it is spoken of. */
interface Post {
  name: string;
  start(): Promise<{ pid: number; kill(): Promise<void>; close(): Promise<void> }>;
}

interface Member extends Post {
  running: Awaited<ReturnType<Post['start']>> | undefined;
  /** The start under way; there is one whenever nothing is running. */
  starting: Promise<void> | undefined;
  frozen: boolean;
}

interface Order {
  victims: readonly string[];
  downMs: number;
  reason: string;
  done: () => void;
}

/** What is told when processes were ended. */
export type KillReport = (victims: readonly string[], reasons: readonly string[]) => void;

/**
 * Kills that are asked for within this time happen at once, and each of them counts: whoever asked is held until then. It is
 * below the time-out of a request to Braze, which is held as well.
 */
const GATHER_MS = 2_500;
const RESTART_PATIENCE = 40;

/** The processes that can be killed: the Temporal server, the gateway, the workers. Whoever dies is started again. */
export class Crew {
  private readonly members = new Map<string, Member>();
  private readonly orders: Order[] = [];
  private working: Promise<void> | undefined;
  private closed = false;
  /** Processes that were ended, one each time. */
  ended = 0;
  private readonly report: KillReport;

  constructor(report: KillReport) {
    this.report = report;
  }

  /** Takes a process in and starts it, unless it is running already. */
  async add(post: Post, running?: Member['running']): Promise<void> {
    const member: Member = { ...post, running, starting: undefined, frozen: false };
    this.members.set(post.name, member);
    if (!running) await this.raise(member, 0);
  }

  /** Ends these processes as a crash would, together with whatever else is asked for just now; starts them again later. */
  kill(victims: readonly string[], downMs: number, reason: string): Promise<void> {
    return new Promise((done) => {
      this.orders.push({ victims, downMs, reason, done });
      this.working ??= this.work().finally(() => (this.working = undefined));
    });
  }

  /** Stops a process in mid-step for so long, as a machine does that is suspended. It is not killed meanwhile. */
  async freeze(name: string, forMs: number): Promise<void> {
    const member = this.members.get(name);
    await member?.starting;
    const pid = member?.running?.pid;
    if (!member || pid === undefined || member.frozen) return;
    member.frozen = true;
    process.kill(pid, 'SIGSTOP');
    void sleep(forMs, undefined, { ref: false }).then(() => this.thaw(member));
  }

  /** Whether a process stands still now. */
  isFrozen(name: string): boolean {
    return this.members.get(name)?.frozen === true;
  }

  /** Resolves when whoever was killed is back; answers who has ended by itself. */
  async settled(): Promise<string[]> {
    await this.working;
    const members = [...this.members.values()];
    await Promise.all(members.map(async ({ starting }) => starting));
    return members.filter(({ running }) => !running || !isAlive(running.pid)).map(({ name }) => name);
  }

  /** Ends everybody politely. */
  async close(): Promise<void> {
    this.closed = true;
    await this.working;
    const members = [...this.members.values()].reverse();
    for (const member of members) {
      await member.starting;
      this.thaw(member);
      await member.running?.close();
    }
  }

  private thaw(member: Member): void {
    if (!member.frozen || !member.running) return;
    member.frozen = false;
    process.kill(member.running.pid, 'SIGCONT');
  }

  private async work(): Promise<void> {
    while (this.orders.length > 0) {
      await sleep(GATHER_MS);
      const orders = this.orders.splice(0);
      const victims = await this.alive(new Set(orders.flatMap((order) => order.victims)));
      await Promise.all(victims.map(async ({ running }) => running?.kill()));
      this.ended += victims.length;
      this.report(
        victims.map(({ name }) => name),
        orders.map(({ reason }) => reason),
      );
      for (const { done } of orders) done();
      const downMs = Math.max(...orders.map((order) => order.downMs));
      for (const member of victims) {
        member.running = undefined;
        member.starting = this.raise(member, downMs);
      }
    }
  }

  /** Those of them who can be killed now; if all are down just then, whoever comes up first. */
  private async alive(names: ReadonlySet<string>): Promise<Member[]> {
    const named = [...names].flatMap((name) => this.members.get(name) ?? []).filter(({ frozen }) => !frozen);
    if (named.length > 0 && named.every(({ running }) => !running))
      await Promise.race(named.map(async ({ starting }) => starting));
    return named.filter(({ running }) => running);
  }

  /** A worker cannot start while Temporal is down: it is tried until it can, as a supervisor does. */
  private async raise(member: Member, afterMs: number): Promise<void> {
    await sleep(afterMs);
    for (let attempt = 1; !this.closed; attempt += 1) {
      try {
        member.running = await member.start();
        break;
      } catch (error) {
        if (attempt === RESTART_PATIENCE) throw error;
        await sleep(500);
      }
    }
    member.starting = undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Where a worker's process begins and which way it takes to the state bucket. */
export interface WorkerPlace {
  name: string;
  stateEndpoint: string;
  entry?: string | undefined;
}

/** A worker as a member of the crew. */
export function workerPost(stack: DevStack, stateDir: string, place: WorkerPlace): Post {
  const env = { ...stack.env, BRAZIER_STATE_ENDPOINT: place.stateEndpoint };
  return { name: place.name, start: () => startProcess('worker', env, stateDir, place) };
}

/** The gateway as a member of the crew. */
export function gatewayPost(stack: DevStack, stateDir: string, entry?: string): Post {
  return {
    name: 'gateway',
    start: () => startProcess('gateway', stack.env, stateDir, { name: 'gateway', entry }),
  };
}

/** The Temporal server as a member of the crew: it comes back on the same ports, with what it has on disk. */
export function temporalPost(stack: DevStack, stateDir: string): Post {
  const portOf = (url: string) => Number(new URL(url).port);
  const { address, uiUrl, namespace } = stack.temporal;
  return {
    name: 'Temporal',
    start: (): Promise<TemporalServer> =>
      startTemporalServer({
        namespace,
        port: portOf(`http://${address}`),
        uiPort: portOf(uiUrl),
        stateFile: join(stateDir, 'temporal.db'),
      }),
  };
}

function startProcess(
  kind: 'worker' | 'gateway',
  env: Readonly<Record<string, string>>,
  stateDir: string,
  { name, entry }: Pick<WorkerPlace, 'name' | 'entry'>,
): Promise<BrazierProcess> {
  const logFile = join(stateDir, `${name}.log`);
  return startBrazierProcess({ kind, env, logFile, ...(entry === undefined ? {} : { entry }) });
}
