import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { type CliIo, processIo } from '../../src/cli/io';
import { runCli } from '../../src/cli/program';
import { scheduleIdOf } from '../../src/cli/schedule-target';
import { success } from '../../src/contract/errors';
import { TASK_QUEUE, TERMS_VERSION, WORKFLOW_TYPES } from '../../src/contract/names';
import { type StartedRefresh } from '../../src/contract/schedule';
import {
  activation,
  ATTRIBUTE,
  holdersOf,
  loadProfiles,
  putIds,
  setUp,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const NEVER = '0 5 1 1 *';

const mailsSchema = z.array(z.looseObject({ subject: z.string(), text: z.string() }));

describe('a schedule', () => {
  let test: TestStack;
  beforeAll(async () => {
    // The worker's own watch looks every minute; the gateway's is the one that these tests wait for.
    test = await startTestStack({ sandbox: { applyLagMs: 100 }, env: { BRAZIER_WATCH_SECONDS: '1' } });
    await loadProfiles(test, userIds(0, 300));
    await setUp(test, 'shop');
  }, 300_000);
  afterAll(() => test.close());

  /** What the command line answers, as JSON; it runs in this process, since a process for each of many commands takes long. */
  const brazier = async (...args: string[]): Promise<{ exit: number; answer: unknown }> => {
    const printed: string[] = [];
    const io: CliIo = {
      ...processIo(),
      print: (line) => void printed.push(line),
      tell: () => undefined,
      connect: async () => {
        const connection = await Connection.connect({ address: test.stack.temporal.address });
        return success({ connection, client: new Client({ connection }) });
      },
    };
    const exit = await runCli(['schedule', ...args, '--json'], io);
    return { exit, answer: JSON.parse(printed.join('')) };
  };
  const create = (audience: string, ...more: string[]) =>
    brazier(
      ...['create', '--integration', 'shop', '--audience', audience, '--accept-terms-by', 'Ada'],
      ...more,
    );
  const show = (audience: string) => test.client.schedules.show(scheduleIdOf('shop', audience, {}));
  /** Waits until so many refreshes have ended; answers the newest. */
  const ended = async (audience: string, count: number): Promise<StartedRefresh> => {
    for (;;) {
      const { recent } = await show(audience);
      const [newest] = recent;
      if (newest && recent.length === count && recent.every(({ status }) => status !== 'RUNNING'))
        return newest;
      await sleep(200);
    }
  };
  const mailsAbout = async (audience: string) => {
    return (await mails())
      .filter(({ subject }) => subject.includes(`'${audience}'`))
      .map(({ subject }) => subject);
  };
  const mails = async () =>
    mailsSchema.parse(await (await fetch(`${test.stack.mailbox.webUrl}/email`)).json());

  it('refreshes, tells once that its source is as it was, and takes the next file', async () => {
    await putIds(test, 'gold.csv', userIds(0, 100));
    const created = await create(
      'Gold',
      '--key',
      'gold.csv',
      '--cron',
      NEVER,
      '--time-zone',
      'Europe/Berlin',
    );
    expect(created).toMatchObject({
      exit: 0,
      answer: {
        change: 'created',
        next: [{ at: expect.stringContaining('-01-01T04:00'), source: 'gold.csv' }, {}, {}, {}, {}],
      },
    });
    const again = await create('Gold', '--key', 'gold.csv', '--cron', NEVER);
    expect(again).toMatchObject({ exit: 11, answer: { error: { code: 'SCHEDULE_EXISTS' } } });

    await brazier('trigger', 'shop', 'Gold');
    expect(await ended('Gold', 1)).toMatchObject({ outcome: 'done' });
    expect(await holdersOf(test, ATTRIBUTE, 'Gold')).toEqual(userIds(0, 100).sort());

    for (const count of [2, 3]) {
      await brazier('trigger', 'shop', 'Gold');
      expect(await ended('Gold', count)).toMatchObject({
        outcome: 'nothingToDo',
        code: 'SOURCE_NOT_REFRESHED',
      });
    }
    const told = await mailsAbout('Gold');
    expect(told.filter((subject) => subject.includes('SOURCE_NOT_REFRESHED'))).toHaveLength(1);

    await putIds(test, 'gold.csv', userIds(30, 120));
    await brazier('trigger', 'shop', 'Gold');
    expect(await ended('Gold', 4)).toMatchObject({ outcome: 'done' });
    expect(await holdersOf(test, ATTRIBUTE, 'Gold')).toEqual(userIds(30, 120).sort());
  }, 300_000);

  it('backfills each day from the file of that day, by its own calendar', async () => {
    await putIds(test, 'daily/2026-11-02.csv', userIds(0, 10));
    await putIds(test, 'daily/2026-11-03.csv', userIds(5, 15));
    // Half past midnight in Berlin is the day before in UTC.
    await create(
      'Daily',
      ...['--key', 'daily/{{date:yyyy-MM-dd}}.csv', '--cron', '30 0 * * *'],
      ...['--time-zone', 'Europe/Berlin', '--jitter', '20m', '--paused', '--note', 'by hand only'],
    );
    expect(await show('Daily')).toMatchObject({ paused: true, note: 'by hand only', jitterSeconds: 1200 });
    await brazier(
      'backfill',
      'shop',
      'Daily',
      '--from',
      '2026-11-01T22:00:00Z',
      '--to',
      '2026-11-03T22:00:00Z',
    );
    const newest = await ended('Daily', 2);
    expect(newest).toMatchObject({ outcome: 'done' });
    const status = await test.client.status(newest.workflowId);
    expect(status).toMatchObject({
      source: 's3://braze-exchange/daily/2026-11-03.csv',
      scheduledFor: '2026-11-02T23:30:00.000Z',
    });
    expect(await holdersOf(test, ATTRIBUTE, 'Daily')).toEqual(userIds(5, 15).sort());
  }, 300_000);

  it('reads the newest folder that is complete', async () => {
    await putIds(test, 'exports/2026-11-01/part-0.csv', userIds(0, 20));
    await test.exchange.put('exports/2026-11-01/_SUCCESS', '');
    await putIds(test, 'exports/2026-11-02/part-0.csv', userIds(0, 15));
    await create('Newest', '--newest-under', 'exports/', '--every', '6h');
    await brazier('trigger', 'shop', 'Newest');
    const first = await ended('Newest', 1);
    expect(await test.client.status(first.workflowId)).toMatchObject({
      outcome: 'done',
      source: 's3://braze-exchange/exports/2026-11-01/',
    });
    await test.exchange.put('exports/2026-11-02/_SUCCESS', '');
    await brazier('trigger', 'shop', 'Newest');
    const second = await ended('Newest', 2);
    expect(await test.client.status(second.workflowId)).toMatchObject({
      outcome: 'done',
      source: 's3://braze-exchange/exports/2026-11-02/',
    });
  }, 300_000);

  it('is paused, resumed, replaced and deleted', async () => {
    await create('Steered', '--key', 'gold.csv', '--every', '6h', '--late-after', '30m');
    expect((await brazier('pause', 'shop', 'Steered', '--by', 'Ada', '--note', 'why')).exit).toBe(0);
    expect(await show('Steered')).toMatchObject({
      paused: true,
      note: 'paused by Ada: why',
      lateAfterSeconds: 1800,
    });
    const replaced = await create(
      'Steered',
      '--key',
      'other.csv',
      '--every',
      '1h',
      '--late-after',
      '10m',
      '--replace',
    );
    expect(replaced).toMatchObject({ exit: 0, answer: { change: 'createdOrReplaced' } });
    expect(await show('Steered')).toMatchObject({
      ...{ paused: true, source: 'other.csv', times: ['every 3600 s'], lateAfterSeconds: 600 },
      ...{ overlap: 'bufferOne', catchupWindowSeconds: 3600, pauseOnFailure: false },
    });
    await brazier('resume', 'shop', 'Steered', '--by', 'Ada');
    expect(await show('Steered')).toMatchObject({ paused: false, note: 'resumed by Ada' });
    expect((await brazier('delete', 'shop', 'Steered')).exit).toBe(0);
    expect(await brazier('show', 'shop', 'Steered')).toMatchObject({
      exit: 11,
      answer: { error: { code: 'SCHEDULE_NOT_FOUND' } },
    });
  }, 300_000);

  it('is refused with the field that is wrong, before anything is made', async () => {
    const refused = await create('Wrong', '--key', 'a/{{today}}.csv', '--cron', NEVER);
    expect(refused).toMatchObject({
      exit: 11,
      answer: { error: { code: 'INPUT_INVALID', message: expect.stringContaining('activation.source.key') } },
    });
    const badTimes = await create('Wrong', '--key', 'a.csv', '--cron', '61 * * * *');
    expect(badTimes).toMatchObject({
      answer: { error: { code: 'INPUT_INVALID', message: expect.stringContaining('range') } },
    });
    const preview = await create(
      'Wrong',
      '--key',
      'a/{{date-1d:yyyyMMdd}}.csv',
      '--cron',
      NEVER,
      '--preview',
    );
    expect(preview).toMatchObject({
      exit: 0,
      answer: { next: [{ source: expect.stringContaining('1231.csv') }, {}, {}, {}, {}] },
    });
    expect((await brazier('show', 'shop', 'Wrong')).exit).toBe(11);
  }, 300_000);

  it('mails when terms are no longer those in force', async () => {
    const old = activation('shop', 'Old terms', 'gold.csv', {
      terms: { acceptedBy: 'Ada', version: '2020-01' },
    });
    const handle = await test.temporal.schedule.create({
      scheduleId: 'made-by-hand',
      spec: { intervals: [{ every: '30 days' }] },
      action: {
        type: 'startWorkflow',
        workflowType: WORKFLOW_TYPES.activateAudience,
        taskQueue: TASK_QUEUE,
        args: [old],
      },
    });
    await handle.trigger();
    while ((await mailsAbout('Old terms')).length === 0) await sleep(200);
    const [subject] = await mailsAbout('Old terms');
    expect(subject).toContain('TERMS_NOT_ACCEPTED');
    expect(TERMS_VERSION).not.toBe('2020-01');
    await handle.delete();
  }, 300_000);

  it('raises one alert when no worker takes a refresh up', async () => {
    await create('Late', '--key', 'gold.csv', '--cron', NEVER, '--late-after', '3s');
    await test.stack.worker?.close();
    await brazier('trigger', 'shop', 'Late');
    while ((await mailsAbout('Late')).length === 0) await sleep(200);
    expect(await mailsAbout('Late')).toEqual([expect.stringContaining('REFRESH_LATE')]);
    await test.stack.startWorker();
    expect(await ended('Late', 1)).toMatchObject({ outcome: 'done' });
    // Some more looks of the gateway, and the completion mail, which is not an alert.
    await sleep(3_000);
    expect((await mailsAbout('Late')).filter((subject) => subject.includes('REFRESH_'))).toHaveLength(1);
  }, 300_000);
});
