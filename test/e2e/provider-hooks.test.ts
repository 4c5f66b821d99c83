import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { createGateway } from '../../src/gateway/server';
import { createFakeSns, sesNotification, TOPIC } from '../../src/gateway/sns/fake-sns.test-support';
import { createActivationRuns } from '../../src/process/activation-runs';
import { createConfirmationRuns } from '../../src/process/confirmation-runs';
import {
  activation,
  awaitPhase,
  loadProfiles,
  putIds,
  setUp,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const SENDER = 'no-reply@platform.example.com';
const SIGNING_KEY = randomBytes(16).toString('hex');

describe('mails that a provider hands on', () => {
  let test: TestStack;
  beforeAll(async () => {
    test = await startTestStack({
      sandbox: { applyLagMs: 100 },
      env: {
        BRAZIER_DEV_MAILGUN_KEY: SIGNING_KEY,
        BRAZIER_MAILGUN_SIGNING_KEY: 'env:BRAZIER_DEV_MAILGUN_KEY',
        BRAZIER_MAILGUN_MARKS_MAIL: 'true',
        BRAZIER_SNS_TOPIC_ARNS: TOPIC,
      },
    });
    await loadProfiles(test, userIds(0, 20));
    await setUp(test, 'shop');
  });
  afterAll(() => test.close());

  /** A run that waits for the platform's mail. */
  const waitingRun = async (audience: string, members: number): Promise<string> => {
    await putIds(test, `${audience}.csv`, userIds(0, members));
    const input = activation('shop', audience, `${audience}.csv`, {
      confirmation: { kind: 'mail', allowedSenders: [SENDER] },
    });
    const { workflowId } = await test.client.activate(input);
    await awaitPhase(test, workflowId, ['awaitingConfirmation']);
    return workflowId;
  };

  /** The accepted Updates of a run, by id. */
  const updatesOf = async (workflowId: string): Promise<string[]> => {
    const { events } = await test.temporal.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap(
      ({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) => accepted?.protocolInstanceId ?? [],
    );
  };

  const mailgun = async (fields: Record<string, string>) => {
    const body = new URLSearchParams({
      sender: SENDER,
      'message-headers': JSON.stringify([
        ['X-Mailgun-Spf', 'Pass'],
        ['From', SENDER],
        ['Auto-Submitted', 'auto-generated'],
      ]),
      'body-plain': 'Done.',
      ...fields,
    });
    const reply = await fetch(`${test.stack.gatewayUrl}/hooks/mailgun`, { method: 'POST', body });
    return { status: reply.status, answer: await reply.json() };
  };
  const proof = () => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const token = randomBytes(25).toString('hex');
    const signature = createHmac('sha256', SIGNING_KEY).update(`${timestamp}${token}`).digest('hex');
    return { timestamp, token, signature };
  };

  it('by Mailgun confirm a run; a retry of the delivery changes nothing', async () => {
    const workflowId = await waitingRun('Mailgunners', 15);
    const mail = { subject: 'Mailgunners was delivered' };
    expect(await mailgun({ ...mail, ...proof(), signature: '0'.repeat(64) })).toMatchObject({ status: 401 });
    const delivery = { ...mail, ...proof() };
    expect(await mailgun(delivery)).toMatchObject({ status: 200, answer: { matched: true, workflowId } });
    const retry = await mailgun(delivery);
    expect(retry.status).toBe(200);
    const result = await test.client.result(workflowId);
    expect(result).toMatchObject({
      outcome: 'done',
      confirmation: { answer: 'right', by: SENDER, via: 'mail' },
    });
    expect(await updatesOf(workflowId)).toEqual([expect.stringMatching(/^mail-[0-9a-f]{32}$/)]);

    // The audience's next run waits: the mail about the one before does not speak of it.
    const next = await waitingRun('Mailgunners', 20);
    expect(await mailgun(delivery)).toMatchObject({ status: 200, answer: { matched: false } });
    expect(await test.client.status(next)).toMatchObject({ phase: 'awaitingConfirmation' });
    await test.client.confirm(next, { by: 'Ada' });
    await test.client.result(next);
  });

  it('by Amazon SES confirm a run, whichever gateway gets them and however often', async () => {
    const workflowId = await waitingRun('Sesame', 20);
    const sns = createFakeSns(Date.now);
    // In this process, since SNS's place is taken; the gateway of the stack would ask the real one.
    const app = createGateway({
      runs: createConfirmationRuns(test.temporal),
      activations: createActivationRuns(test.temporal),
      streaming: undefined,
      apiCallers: [],
      eventSources: [],
      capture: undefined,
      linkSecret: 'l'.repeat(40),
      hookToken: '',
      mailgunSigningKey: '',
      mailgunMarksMail: false,
      snsTopicArns: [TOPIC],
      fetchText: sns.fetchText,
      logger: pino({ level: 'silent' }),
      now: Date.now,
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const post = async (message: object) => {
      const headers = { 'content-type': 'text/plain; charset=UTF-8' };
      const body = JSON.stringify(message);
      const reply = await fetch(`${url}/hooks/ses`, { method: 'POST', headers, body });
      return { status: reply.status, answer: await reply.json() };
    };
    const mail = `From: ${SENDER}\r\nSubject: Sesame was delivered\r\n\r\nDone.\r\n`;
    const failed = sesNotification(mail, { receipt: { dmarcVerdict: { status: 'FAIL' } } });
    expect(await post(sns.message({ Message: failed, MessageId: 'failed' }))).toMatchObject({
      answer: { matched: false },
    });
    const message = sns.message({ Message: sesNotification(mail) });
    const [one, two] = await Promise.all([post(message), post(message)]);
    expect([one, two]).toContainEqual(
      expect.objectContaining({
        status: 200,
        answer: expect.objectContaining({ matched: true, workflowId }),
      }),
    );
    expect([one.status, two.status]).toEqual([200, 200]);
    const result = await test.client.result(workflowId);
    expect(result).toMatchObject({
      outcome: 'done',
      confirmation: { answer: 'right', by: SENDER, via: 'mail' },
    });
    expect(await updatesOf(workflowId)).toHaveLength(1);
    await app.close();
  });

  it('keeps what proves a mail out of the log', async () => {
    const log = await readFile(join(test.stateDir, 'gateway.log'), 'utf8');
    expect(log).toContain('/hooks/mailgun');
    expect(log).toContain('"mailgun":true');
    expect(log).not.toContain(SIGNING_KEY);
    expect(log).not.toContain(SENDER);
  });
});
