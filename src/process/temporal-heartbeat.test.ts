import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { activityBeat, HeartbeatLease } from '../activities/heartbeat-lease';
import { createHeartbeat } from './temporal-heartbeat';

const NAMESPACE = 'default';
const TYPE = { name: 'test' };
/** https://github.com/temporalio/api, temporal/api/enums/v1/command_type.proto */
const SCHEDULE_ACTIVITY = 1;
const CANCEL_ACTIVITY = 2;
const PATIENCE = msToTs('1m');
let connection: Connection;
let client: Client;
let queue: { name: string };
let workflowId: string;

beforeAll(async () => {
  connection = await Connection.connect({ address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '' });
  client = new Client({ connection });
});
afterAll(() => connection.close());

beforeEach(() => {
  workflowId = `heartbeat-${randomUUID()}`;
  queue = { name: workflowId };
});
afterEach(() =>
  client.workflow
    .getHandle(workflowId)
    .terminate()
    .catch(() => undefined),
);

const poll = () => ({ namespace: NAMESPACE, taskQueue: queue });

/** The server answers a poll only if it knows how long the caller will wait. */
function patiently<T>(call: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + 60_000, call);
}

/** Starts a workflow without a worker and schedules one activity, by the calls that a workflow worker would make. */
async function scheduleActivity(heartbeatTimeout = PATIENCE): Promise<void> {
  const service = connection.workflowService;
  await client.workflow.start(TYPE.name, { workflowId, taskQueue: queue.name });
  const { taskToken } = await patiently(() => service.pollWorkflowTaskQueue(poll()));
  const scheduleActivityTaskCommandAttributes = {
    activityId: '1',
    activityType: TYPE,
    taskQueue: queue,
    startToCloseTimeout: PATIENCE,
    heartbeatTimeout,
    retryPolicy: { maximumAttempts: 1 },
  };
  await service.respondWorkflowTaskCompleted({
    namespace: NAMESPACE,
    taskToken,
    commands: [
      {
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum's package is no dependency of ours
        commandType: SCHEDULE_ACTIVITY,
        scheduleActivityTaskCommandAttributes,
      },
    ],
  });
}

async function startActivity(): Promise<Uint8Array> {
  await scheduleActivity();
  const activity = await patiently(() => connection.workflowService.pollActivityTaskQueue(poll()));
  return activity.taskToken;
}

/** Has the workflow ask for the activity's cancellation. */
async function requestCancel(): Promise<void> {
  const service = connection.workflowService;
  await client.workflow.getHandle(workflowId).signal('wake');
  const { taskToken, history } = await patiently(() => service.pollWorkflowTaskQueue(poll()));
  const scheduled = history?.events?.find((event) => event.activityTaskScheduledEventAttributes);
  await service.respondWorkflowTaskCompleted({
    namespace: NAMESPACE,
    taskToken,
    commands: [
      {
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum's package is no dependency of ours
        commandType: CANCEL_ACTIVITY,
        requestCancelActivityTaskCommandAttributes: { scheduledEventId: scheduled?.eventId ?? null },
      },
    ],
  });
}

test('resolves with Temporal’s acknowledgement, and the details are there to be read', async () => {
  const heartbeat = createHeartbeat({ client });
  const token = await startActivity();
  await expect(heartbeat(token, { sent: 7 })).resolves.toBe('acknowledged');
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const [payload] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
  expect(Buffer.from(payload?.data ?? []).toString()).toBe('{"sent":7}');
});

test('tells that the activity was cancelled', async () => {
  const token = await startActivity();
  await requestCancel();
  await expect(createHeartbeat({ client })(token, {})).resolves.toBe('cancelled');
});

test('tells that Temporal no longer counts on the attempt', async () => {
  const token = await startActivity();
  await client.workflow.getHandle(workflowId).terminate();
  await expect(createHeartbeat({ client })(token, {})).resolves.toBe('lost');
});

test('rejects when Temporal cannot be asked: no answer is no acknowledgement', async () => {
  const token = await startActivity();
  const gone = await Connection.connect({ address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '' });
  const heartbeat = createHeartbeat({ client: new Client({ connection: gone }) });
  await gone.close();
  await expect(heartbeat(token, {})).rejects.toThrow();
});

test('an attempt that outlasts the worker’s own clock for heartbeats is counted', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const native = await NativeConnection.connect({
    address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '',
  });
  let beats = 0;
  const activities = {
    async test(): Promise<string> {
      const heartbeat = createHeartbeat({ client });
      const lease = new HeartbeatLease({
        beat: activityBeat(Context.current(), heartbeat, () => ({ beats: (beats += 1) })),
        intervalMs: 300,
        boundMs: 1_500,
        now: () => performance.now(),
        epochMs: () => Date.now(),
      });
      lease.start();
      // The worker's clock is the time-out and five seconds more.
      await new Promise((resolve) => setTimeout(resolve, 9_000));
      await lease.close();
      return 'done';
    },
  };
  const worker = await Worker.create({ connection: native, taskQueue: queue.name, activities });
  const ended = await worker.runUntil(async () => {
    await scheduleActivity(msToTs('2s'));
    const { history } = await patiently(() => connection.workflowService.pollWorkflowTaskQueue(poll()));
    return history?.events ?? [];
  });
  await native.close();
  const started = ended.find((event) => event.activityTaskStartedEventAttributes);
  expect(started?.activityTaskStartedEventAttributes?.attempt).toBe(1);
  expect(ended.filter((event) => event.activityTaskTimedOutEventAttributes)).toEqual([]);
  const completed = ended.find((event) => event.activityTaskCompletedEventAttributes);
  const [payload] = completed?.activityTaskCompletedEventAttributes?.result?.payloads ?? [];
  expect(Buffer.from(payload?.data ?? []).toString()).toBe('"done"');
});
