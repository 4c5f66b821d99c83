import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker, type ReplayWorkerOptions } from '@temporalio/worker';
import { z } from 'zod';
import { leaks } from '../scripts/histories/anonymous';
import { WORKFLOW_TYPES } from '../src/contract/names';

const FOLDER = join(__dirname, 'histories');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

const attributes = z.looseObject({
  workflowId: z.string(),
  workflowType: z.looseObject({ name: z.string() }),
});
const historySchema = z.looseObject({
  events: z
    .tuple([z.looseObject({ workflowExecutionStartedEventAttributes: attributes })])
    .rest(z.looseObject({ eventType: z.string() })),
});

function read(file: string) {
  return historySchema.parse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
}

const typeOf = (file: string) =>
  read(file).events[0].workflowExecutionStartedEventAttributes.workflowType.name;

beforeAll(() =>
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  }),
);

function options(): ReplayWorkerOptions {
  return { workflowBundle: { codePath: process.env['BRAZIER_TEST_WORKFLOW_BUNDLE'] ?? '' } };
}

/** Replays histories with the workflows as they are now; answers what went wrong, by file. */
async function replay(histories: { workflowId: string; history: unknown }[]): Promise<[string, string][]> {
  const wrong: [string, string][] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(options(), histories)) {
    if (error) wrong.push([workflowId, error.message]);
  }
  return wrong;
}

test('every workflow has recorded histories', () => {
  expect(new Set(FILES.map(typeOf))).toEqual(new Set(Object.values(WORKFLOW_TYPES)));
});

test('every recorded history replays with today’s workflows', async () => {
  // A child's id may be made from its parent's.
  const histories = FILES.map(read).map((history) => ({
    workflowId: history.events[0].workflowExecutionStartedEventAttributes.workflowId,
    history,
  }));
  expect(histories.length).toBeGreaterThan(0);
  await expect(replay(histories)).resolves.toEqual([]);
});

test('a history that the workflows would not have made is noticed', async () => {
  const asAnother = read('activateAudience.done.json');
  asAnother.events[0].workflowExecutionStartedEventAttributes.workflowType.name =
    WORKFLOW_TYPES.setupIntegration;
  const withoutTheWait = read('runAudience.done.json');
  for (const event of withoutTheWait.events.slice(1)) {
    const scheduled = z
      .looseObject({
        activityTaskScheduledEventAttributes: z.looseObject({
          activityType: z.looseObject({ name: z.string() }),
        }),
      })
      .safeParse(event);
    if (!scheduled.success) continue;
    scheduled.data.activityTaskScheduledEventAttributes.activityType.name = 'anotherActivity';
    Object.assign(event, scheduled.data);
    break;
  }
  const wrong = await replay([
    { workflowId: 'as another workflow', history: asAnother },
    { workflowId: 'another first activity', history: withoutTheWait },
  ]);
  expect(wrong.map(([workflowId]) => workflowId)).toEqual(['as another workflow', 'another first activity']);
});

test.each(FILES)('%s holds no path of a machine, no key and no member', (file) => {
  expect(leaks(read(file), ['member-of-the-recording', 'Bearer ', 'PRIVATE KEY'])).toEqual([]);
});

test('a path or a member inside a payload is found', () => {
  const data = Buffer.from('{"file":"/tmp/somewhere/x","id":"member-of-the-recording-1"}').toString('base64');
  const found = leaks({ events: [{ payloads: [{ data }] }] }, ['member-of-the-recording']);
  expect(found).toEqual(['member-of-the-recording', expect.stringContaining('/somewhere/x')]);
});
