import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type PayloadCodec } from '@temporalio/common';
import {
  smtpReply,
  startSmtpInbox,
  type InboxBehaviour,
  type SmtpInbox,
} from '../adapters/email/smtp-inbox.test-support';
import { createMailTemplates } from '../adapters/email/templates';
import { createMailTransport } from '../adapters/email/transport';
import { LATE_AFTER_MEMO } from '../contract/schedule';
import { WORKFLOW_TYPES } from '../contract/names';
import { openStateBucket } from '../../test/activities/state-bucket';
import { readStreamNow } from './shard-progress';
import { createScheduleWatch } from './watch-schedules';

const OPERATORS = ['ops@example.com', 'team@example.com'];
/** What no client without the same codec can read. */
const ENCRYPTING: PayloadCodec = {
  encode: (payloads) =>
    Promise.resolve(
      payloads.map(({ data }) => ({
        metadata: { encoding: new TextEncoder().encode('binary/encrypted') },
        ...(data ? { data } : {}),
      })),
    ),
  decode: (payloads) =>
    Promise.resolve(
      payloads.map(({ data }) => ({
        metadata: { encoding: new TextEncoder().encode('json/plain') },
        ...(data ? { data } : {}),
      })),
    ),
};

let connection: Connection;
let client: Client;
const cleanups: (() => unknown)[] = [];
beforeAll(async () => {
  connection = await Connection.connect({ address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '' });
  client = new Client({ connection });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => connection.close());

/** A schedule whose one refresh no worker takes up, late at once. */
async function lateSchedule(audience: string, by = client): Promise<void> {
  const scheduleId = `watched-${randomUUID()}`;
  const handle = await by.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: '300 days' }] },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.activateAudience,
      taskQueue: scheduleId,
      workflowId: scheduleId,
      args: [{ integration: 'shop', audience }],
      memo: { [LATE_AFTER_MEMO]: 1 },
    },
  });
  cleanups.push(async () => {
    await handle.delete();
  });
  await handle.trigger();
  for (let runs = 0; runs === 0;) {
    await sleep(100);
    for await (const { workflowId } of by.workflow.list({ query: `TaskQueue = '${scheduleId}'` })) {
      runs += 1;
      cleanups.push(() => client.workflow.getHandle(workflowId).terminate());
    }
  }
  for (;;) {
    const ids: string[] = [];
    for await (const listed of client.schedule.list()) ids.push(listed.scheduleId);
    if (ids.includes(scheduleId)) return;
    await sleep(100);
  }
}

async function start(behaviour: InboxBehaviour = {}) {
  const inbox = await startSmtpInbox(behaviour);
  const stateBucket = await openStateBucket();
  const transport = createMailTransport({ url: inbox.url, from: 'brazier@example.com' });
  cleanups.push(
    () => inbox.close(),
    () => stateBucket.close(),
    () => transport.close(),
  );
  let later = 60_000;
  const watch = createScheduleWatch({
    ...{ client, stateBucket, transport, templates: createMailTemplates() },
    operators: OPERATORS,
    clock: () => Date.now() + later,
  });
  return { inbox, look: () => watch.watchSchedules(), wait: (ms: number) => (later += ms) };
}

const mailsAbout = ({ deliveries }: SmtpInbox, audience: string) =>
  deliveries
    .filter(({ mail }) => mail.subject?.includes(`'${audience}'`))
    .map(({ recipients }) => recipients);

test('a schedule that cannot be read keeps nobody from the others, and the look says so at its end', async () => {
  const encrypting = new Client({ connection, dataConverter: { payloadCodecs: [ENCRYPTING] } });
  await lateSchedule('Before');
  await lateSchedule('Sealed', encrypting);
  await lateSchedule('Behind');
  const { inbox, look } = await start();
  const once = () => expect(look()).rejects.toThrow(/^1 of \d+ schedules could not be looked after/);
  await once();
  await once();
  expect(mailsAbout(inbox, 'Before')).toEqual([OPERATORS]);
  expect(mailsAbout(inbox, 'Behind')).toEqual([OPERATORS]);
});

test('whoever the mail server wants tried later gets the alert by a later look, and nobody gets it twice', async () => {
  let isBusy = true;
  const { inbox, look } = await start({
    onRecipient: (address) => {
      if (isBusy && address.startsWith('team')) throw smtpReply(450, 'greylisted');
    },
  });
  await lateSchedule('Deferred');
  await expect(look()).rejects.toMatchObject({ type: 'MAIL_UNAVAILABLE' });
  await expect(look()).rejects.toMatchObject({ type: 'MAIL_UNAVAILABLE' });
  expect(mailsAbout(inbox, 'Deferred')).toEqual([['ops@example.com']]);
  isBusy = false;
  await look();
  await look();
  expect(mailsAbout(inbox, 'Deferred')).toEqual([['ops@example.com'], ['team@example.com']]);
});

test('a mailbox that is busy for good is given up after an hour', async () => {
  const { inbox, look, wait } = await start({
    onRecipient: (address) => {
      if (address.startsWith('team')) throw smtpReply(452, 'full');
    },
  });
  await lateSchedule('Full');
  await expect(look()).rejects.toMatchObject({ type: 'MAIL_UNAVAILABLE' });
  wait(3_600_000);
  await look();
  await look();
  expect(mailsAbout(inbox, 'Full')).toEqual([['ops@example.com']]);
});

test('a secret in a schedule made by hand is in no mail', async () => {
  const { inbox, look } = await start();
  await lateSchedule('https://ada:Hush7Qx@example.com');
  await look();
  expect(inbox.deliveries).toHaveLength(1);
  expect(inbox.deliveries[0]?.mail.text).not.toContain('Hush7Qx');
});

/** A shard whose activity has told this of itself, by the server's own doors: no worker runs it. */
async function waitingShard(integration: string, progress: unknown): Promise<void> {
  const taskQueue = `shards-${randomUUID()}`;
  const workflowId = `stream/${integration}/1/0`;
  const handle = await client.workflow.start(WORKFLOW_TYPES.streamShard, { workflowId, taskQueue });
  cleanups.push(() => handle.terminate());
  const { workflowService: service } = connection;
  const asked = { namespace: 'default', taskQueue: { name: taskQueue }, identity: 'tests' };
  const { taskToken } = await service.pollWorkflowTaskQueue(asked);
  const activity = {
    activityId: '1',
    activityType: { name: 'runShard' },
    taskQueue: { name: taskQueue },
    // Long, as the protocol spells it.
    startToCloseTimeout: { seconds: 60 as never },
  };
  await service.respondWorkflowTaskCompleted({
    ...{ namespace: 'default', taskToken, identity: 'tests' },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK: its enum is in a package that is no dependency of ours.
    commands: [{ commandType: 1, scheduleActivityTaskCommandAttributes: activity }],
  });
  const task = await service.pollActivityTaskQueue(asked);
  const payload = client.options.loadedDataConverter.payloadConverter.toPayload(progress);
  await service.recordActivityTaskHeartbeat({
    ...{ namespace: 'default', taskToken: task.taskToken, identity: 'tests' },
    details: { payloads: [payload] },
  });
}

test('a stream whose shard has waited for long is told once, and read with what it waits for', async () => {
  const integration = `shop-${randomUUID().slice(0, 8)}`;
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const waiting = { reason: 'key', code: 'BRAZE_KEY_REJECTED', message: 'Braze answered 401', since };
  await connection.withDeadline(Date.now() + 60_000, () =>
    waitingShard(integration, { epoch: 1, backlog: 12, notSeeing: 'switched off', waiting }),
  );
  const { inbox, look } = await start();
  // Listings of Temporal are some moments behind.
  while (mailsAbout(inbox, integration).length === 0) {
    await look();
    await sleep(200);
  }
  await look();
  expect(mailsAbout(inbox, integration)).toEqual([OPERATORS]);
  expect(await readStreamNow(client, integration)).toEqual({
    ...{ backlog: 12, notSeeing: 'switched off' },
    waiting: [{ layout: 1, shard: 0, ...waiting }],
  });
  expect(await readStreamNow(client, 'nobody')).toBeUndefined();
});
