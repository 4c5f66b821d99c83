import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
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

/** Workflows on a server of their own, in a world of plain functions that each test gets fresh. */
export class TestBed {
  readonly environment: TestWorkflowEnvironment;
  readonly brazier: BrazierClient;
  private readonly workers: Worker[];
  private readonly ended: Promise<unknown>;
  private readonly world: { now: FakeWorld };
  private readonly started: string[] = [];

  private constructor(environment: TestWorkflowEnvironment, workers: Worker[], world: { now: FakeWorld }) {
    this.environment = environment;
    this.brazier = new BrazierClient(environment.client);
    this.workers = workers;
    this.ended = Promise.all(workers.map((worker) => worker.run()));
    this.world = world;
  }

  /** On a server whose days pass in moments. */
  static async timeSkipping(): Promise<TestBed> {
    quietRuntime();
    const path = await requireServer('temporal-test-server');
    const server = { executable: { type: 'existing-path', path } } as const;
    const environment = await TestWorkflowEnvironment.createTimeSkipping({ server });
    // This server does not know it by itself, as real ones do.
    await environment.connection.operatorService.addSearchAttributes({
      namespace: environment.namespace ?? 'default',
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum's package is no dependency of ours
      searchAttributes: { [SCHEDULED_START.name]: INDEXED_AS_DATETIME },
    });
    return TestBed.on(environment);
  }

  /** On a real server, for what the time-skipping one cannot do. */
  static async real(address: string): Promise<TestBed> {
    quietRuntime();
    return TestBed.on(await TestWorkflowEnvironment.createFromExistingServer({ address }));
  }

  private static async on(environment: TestWorkflowEnvironment): Promise<TestBed> {
    const world = { now: new FakeWorld() };
    const { light, data, send } = activitiesOf(() => world.now);
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
    return new TestBed(environment, workers, world);
  }

  get client(): Client {
    return this.environment.client;
  }

  /** A world in which nothing has happened yet; a run that a failed test has left behind would hold the audience in it. */
  async reset(): Promise<FakeWorld> {
    for (const workflowId of this.started.splice(0)) {
      await this.client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => undefined);
    }
    return (this.world.now = new FakeWorld());
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
    for (const worker of this.workers) worker.shutdown();
    await this.ended;
    await this.environment.teardown();
  }
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
