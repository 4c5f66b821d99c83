import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey, type Duration, TypedSearchAttributes } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { BrazierClient } from '../../src/client/brazier-client';
import { type ActivateAudienceInput } from '../../src/contract/activation';
import { audienceKey } from '../../src/activities/check-input';
import {
  audienceWorkflowId,
  DATA_TASK_QUEUE,
  SEND_TASK_QUEUE,
  TASK_QUEUE,
  WORKFLOW_TYPES,
} from '../../src/contract/names';
import { type RunPhase } from '../../src/contract/phases';
import { type RunResult } from '../../src/contract/run';
import { requireServer } from '../../src/dev/servers/locate';
import { activitiesOf, FakeWorld } from './fake-world';

const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');
/** `INDEXED_VALUE_TYPE_DATETIME` of Temporal's API. */
const INDEXED_AS_DATETIME = 6;
const HOLDER = audienceWorkflowId('shop', audienceKey('lexer_audience', 'Leads', 'external_id'));

/** A run as the client holds it. */
export type RunHandle = WorkflowHandle<(input: ActivateAudienceInput) => Promise<RunResult>>;

/** A server with workers on it. */
interface Site {
  environment: TestWorkflowEnvironment;
  brazier: BrazierClient;
  close(): Promise<void>;
}

/** Longer than a clock that skips needs for `CLOCK_CHECK`, even on a busy machine, and far shorter than it. */
const PATIENCE_MS = 3_000;
const CLOCK_CHECK = '1 minute';

/** Workflows on a server of their own, in a world of plain functions that each test gets fresh. */
export class TestBed {
  private readonly world = { now: new FakeWorld() };
  private readonly started: string[] = [];
  private readonly sites: Site[] = [];
  private readonly open: () => Promise<TestWorkflowEnvironment>;
  private readonly skipsTime: boolean;

  private constructor(open: () => Promise<TestWorkflowEnvironment>, skipsTime: boolean) {
    this.open = open;
    this.skipsTime = skipsTime;
  }

  /** On a server whose days pass in moments. */
  static async timeSkipping(): Promise<TestBed> {
    return TestBed.on(openTimeSkipping, true);
  }

  /** On a real server, for what the time-skipping one cannot do. */
  static async real(address: string): Promise<TestBed> {
    return TestBed.on(() => TestWorkflowEnvironment.createFromExistingServer({ address }), false);
  }

  private static async on(
    open: () => Promise<TestWorkflowEnvironment>,
    skipsTime: boolean,
  ): Promise<TestBed> {
    quietRuntime();
    const bed = new TestBed(open, skipsTime);
    await bed.move();
    return bed;
  }

  get environment(): TestWorkflowEnvironment {
    return this.site.environment;
  }

  get brazier(): BrazierClient {
    return this.site.brazier;
  }

  get client(): Client {
    return this.environment.client;
  }

  private get site(): Site {
    const [site] = this.sites;
    if (!site) throw new Error('the test bed has no server');
    return site;
  }

  /** To a server that nothing has happened on. The one before is closed with the bed. */
  private async move(): Promise<void> {
    this.sites.unshift(await openSite(await this.open(), () => this.world.now));
  }

  /** A world in which nothing has happened yet; a run that a test has left behind would hold the audience in it. */
  async reset(): Promise<FakeWorld> {
    const left = await this.stillRunning();
    if (left.length > 0) {
      // Nothing fails in this one, and nobody counts what the end of a run asks of it.
      this.world.now = new FakeWorld();
      await this.end(left);
    }
    if (this.skipsTime && !(await this.clockSkips())) await this.move();
    return (this.world.now = new FakeWorld());
  }

  /** Ends it with the test, as everything that `start` has started: a test that terminates it itself may stop the clock. */
  adopt({ workflowId }: WorkflowHandle): void {
    this.started.push(workflowId);
  }

  private async stillRunning(): Promise<WorkflowHandle[]> {
    const handles = [...new Set(this.started.splice(0))].map((id) => this.client.workflow.getHandle(id));
    const states = await Promise.allSettled(handles.map((handle) => handle.describe()));
    return handles.filter((_, index) => {
      const state = states[index];
      return state?.status === 'fulfilled' && state.value.status.name === 'RUNNING';
    });
  }

  /** Politely at first: what is terminated in the middle of an activity stops the clock, see below. */
  private async end(left: readonly WorkflowHandle[]): Promise<void> {
    const runs = left.filter(({ workflowId }) => workflowId !== HOLDER);
    for (const run of runs) await run.cancel().catch(() => undefined);
    const ended = Promise.allSettled(runs.map((run) => run.result()));
    await Promise.race([ended, delay(PATIENCE_MS)]);
    for (const handle of left) await handle.terminate().catch(() => undefined);
    await ended;
  }

  /**
   * The time-skipping server holds its clock while an activity runs, and for good if the run is terminated meanwhile:
   * from then on every timer on it takes as long as on a real one
   * (https://github.com/temporalio/sdk-java/issues/1138, open when read on 2026-11-22).
   */
  private async clockSkips(): Promise<boolean> {
    const { environment } = this;
    return environment.connection
      .withDeadline(Date.now() + PATIENCE_MS, () => environment.sleep(CLOCK_CHECK))
      .then(() => true)
      .catch(() => false);
  }

  /**
   * So much time passes for a workflow that rests. A skip in the middle of a workflow task times that out, after which the
   * time-skipping server may leave Updates without an answer for good; a query is answered when no task is under way.
   * A workflow that wakes up on the way can still be hit: whoever sends Updates to such a one does without skipping.
   */
  async letPass(duration: Duration, workflowId: string): Promise<void> {
    const handle = this.client.workflow.getHandle(workflowId);
    await handle.query('__temporal_workflow_metadata');
    await this.environment.sleep(duration);
    await handle.query('__temporal_workflow_metadata');
  }

  /**
   * Cancels a workflow that has taken that up when this resolves. Whoever waits for a result lets the clock skip: a timer that is
   * due then would come to the workflow together with the cancel, and might win.
   */
  async cancel({ workflowId }: WorkflowHandle): Promise<void> {
    const handle = this.client.workflow.getHandle(workflowId);
    await handle.cancel();
    await handle.query('__temporal_workflow_metadata');
  }

  /** As a Temporal Schedule starts a run, which marks it with the moment that it is for. */
  async startScheduled(input: unknown): Promise<RunHandle> {
    const scheduledStart = { key: SCHEDULED_START, value: new Date() };
    return this.start(input, randomUUID(), new TypedSearchAttributes([scheduledStart]));
  }

  async start(
    input: unknown,
    workflowId: string = randomUUID(),
    typedSearchAttributes = new TypedSearchAttributes(),
  ): Promise<RunHandle> {
    this.started.push(workflowId, HOLDER);
    const handle = await this.client.workflow.start(WORKFLOW_TYPES.activateAudience, {
      workflowId,
      taskQueue: TASK_QUEUE,
      typedSearchAttributes,
      args: input === undefined ? [] : [input],
    });
    return this.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
  }

  async execute(input: unknown): Promise<RunResult> {
    return (await this.start(input)).result();
  }

  /** Waits, at normal speed, until a run is in a phase. */
  async reaches({ workflowId }: RunHandle, ...phases: RunPhase[]): Promise<void> {
    await eventually(async () => phases.includes((await this.brazier.status(workflowId)).phase));
  }

  /** Seconds from a run's start to its end, by the server's clock, which may have jumped on since. */
  async lastedSeconds(run: RunHandle): Promise<number> {
    const { startTime, closeTime } = await run.describe();
    if (!closeTime) throw new Error('the run has not ended');
    return (closeTime.getTime() - startTime.getTime()) / 1_000;
  }

  async close(): Promise<void> {
    for (const site of this.sites) await site.close();
  }
}

async function openTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = await requireServer('temporal-test-server');
  const server = { executable: { type: 'existing-path', path } } as const;
  const environment = await TestWorkflowEnvironment.createTimeSkipping({ server });
  // This server does not know it by itself, as real ones do.
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum's package is no dependency of ours
    searchAttributes: { [SCHEDULED_START.name]: INDEXED_AS_DATETIME },
  });
  return environment;
}

async function openSite(environment: TestWorkflowEnvironment, world: () => FakeWorld): Promise<Site> {
  const { light, data, send } = activitiesOf(world);
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection: environment.nativeConnection,
    ...(environment.namespace === undefined ? {} : { namespace: environment.namespace }),
    // A cancel reaches an activity by its heartbeats.
    maxHeartbeatThrottleInterval: '50ms',
    shutdownGraceTime: '1s',
  };
  const codePath = process.env['BRAZIER_TEST_WORKFLOW_BUNDLE'] ?? '';
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: TASK_QUEUE, workflowBundle: { codePath }, activities: light }),
    Worker.create({ ...common, taskQueue: DATA_TASK_QUEUE, activities: data }),
    Worker.create({ ...common, taskQueue: SEND_TASK_QUEUE, activities: send }),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run()));
  return {
    environment,
    brazier: new BrazierClient(environment.client),
    async close() {
      for (const worker of workers) worker.shutdown();
      await ended;
      await environment.teardown();
    },
  };
}

/** The failure of a workflow that must not end well. */
export async function failureOf(ended: Promise<unknown>): Promise<Error> {
  try {
    await ended;
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause) return error.cause;
    throw error;
  }
  throw new Error('the workflow ended well');
}

/** Polls until something is so; the test's own time-out is the end of patience. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(25);
}

let runtimeIsQuiet = false;

/** Activities that fail on purpose would otherwise fill the test's output. */
function quietRuntime(): void {
  if (runtimeIsQuiet) return;
  runtimeIsQuiet = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
}
