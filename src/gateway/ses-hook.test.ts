import { sampleStatus } from '../adapters/email/run-samples.test-support';
import { type WaitingRun } from '../domain/mail-matching';
import { runTokenFrom } from '../domain/run-token';
import { startTestGateway, type TestGateway } from './gateway.test-support';
import { CERTIFICATE_URL, createFakeSns, sesNotification, TOPIC } from './sns/fake-sns.test-support';
import { selfSigned } from './sns/self-signed.test-support';

const TOKEN = runTokenFrom('7c'.repeat(32));
const NOW = Date.UTC(2026, 10, 21);
const HOUR_MS = 3_600_000;
const waiting: WaitingRun = {
  workflowId: 'w-1',
  runId: 'run-1',
  runToken: TOKEN,
  audience: 'Active customers',
  integration: 'shop',
  allowedSenders: ['notices@platform.example.com'],
  startedAtMs: NOW - 24 * HOUR_MS,
};
const CRLF = '\r\n';
const NOTICE = [
  'From: Platform <notices@platform.example.com>',
  'Subject: Active customers',
  'Auto-Submitted: auto-generated',
  '',
  'Fully updated: Größe.',
].join(CRLF);
const BY_TOKEN = ['From: ann@example.com', 'Subject: ok', '', TOKEN].join(CRLF);

const keys = createFakeSns(() => NOW);
const stranger = selfSigned({ from: new Date(NOW - HOUR_MS), to: new Date(NOW + HOUR_MS) });
const spent = selfSigned({ from: new Date(NOW - 2 * HOUR_MS), to: new Date(NOW - HOUR_MS) });
const early = selfSigned({ from: new Date(NOW + HOUR_MS), to: new Date(NOW + 2 * HOUR_MS) });

let gateway: TestGateway;
beforeEach(async () => {
  keys.asked.length = 0;
  keys.answers.clear();
  gateway = await startTestGateway({ fetchText: keys.fetchText });
  gateway.runs.add('run-1', sampleStatus(), waiting);
});
afterEach(() => gateway.close());

type Fields = Record<string, string>;

async function post(body: string, type = 'text/plain; charset=UTF-8') {
  const headers = { 'content-type': type };
  const reply = await gateway.http.request({ method: 'POST', path: '/hooks/ses', headers, body });
  return { status: reply.statusCode, answer: (await reply.body.json()) as Record<string, unknown> };
}
const postMessage = (fields: Fields) => post(JSON.stringify(fields));
const postMail = (content: string, over?: Parameters<typeof sesNotification>[1], fields: Fields = {}) =>
  postMessage(keys.message({ Message: sesNotification(content, over), ...fields }));

test.each(['1', '2'])(
  'a mail confirms by sender and name, signed by version %s',
  async (SignatureVersion) => {
    expect(await postMail(NOTICE, {}, { SignatureVersion })).toMatchObject({
      status: 200,
      answer: { matched: true, workflowId: 'w-1', confirmation: { by: 'notices@platform.example.com' } },
    });
  },
);

test('a mail that SES wrote as Base64 confirms by its token; the subject of the message is signed too', async () => {
  const content = Buffer.from(BY_TOKEN).toString('base64');
  const Subject = 'Amazon SES Email Receipt Notification';
  expect((await postMail(content, {}, { Subject })).answer).toMatchObject({
    matched: true,
    confirmation: { by: 'ann@example.com', via: 'mail' },
  });
});

test('the certificate is asked for once', async () => {
  await postMail(BY_TOKEN);
  await postMail(NOTICE);
  expect(keys.asked).toEqual([CERTIFICATE_URL]);
});

test('the same message again gets the first answer, and reaches Temporal under the same id', async () => {
  gateway.runs.keepWaiting = true;
  const message = keys.message({ Message: sesNotification(BY_TOKEN) });
  const first = await postMessage(message);
  gateway.clock.nowMs += 60_000;
  expect(await postMessage(message)).toEqual(first);
  const [one, two] = gateway.runs.updateIds;
  expect(one).toMatch(/^mail-[0-9a-f]{32}$/);
  expect(two).toBe(one);
});

test('the same message again does not confirm the next run of the audience', async () => {
  const message = keys.message({ Message: sesNotification(NOTICE) });
  expect((await postMessage(message)).answer).toMatchObject({ matched: true });
  gateway.clock.nowMs += HOUR_MS;
  const startedAtMs = gateway.clock.nowMs - 60_000;
  gateway.runs.add('run-2', sampleStatus(), { ...waiting, runId: 'run-2', startedAtMs });
  expect((await postMessage(message)).answer).toMatchObject({ matched: false });
  expect(gateway.runs.answerOf('run-2')).toBeUndefined();
});

describe('a message that was altered after it was signed confirms nothing:', () => {
  const original = () =>
    keys.message({ Message: sesNotification(BY_TOKEN), Subject: 'S', MessageId: 'id-1' });
  test.each<[string, Fields]>([
    ['Message', { Message: sesNotification(NOTICE) }],
    ['MessageId', { MessageId: 'id-2' }],
    ['Subject', { Subject: 'T' }],
    ['Timestamp', { Timestamp: new Date(NOW + 1000).toISOString() }],
    ['TopicArn', { TopicArn: `${TOPIC}-2` }],
    ['Signature', { Signature: Buffer.alloc(256, 1).toString('base64') }],
    ['SignatureVersion', { SignatureVersion: '1' }],
    ['Type', { Type: 'SubscriptionConfirmation', SubscribeURL: 'x', Token: 'x' }],
  ])('%s', async (_field, change) => {
    await gateway.close();
    const snsTopicArns = [TOPIC, `${TOPIC}-2`];
    gateway = await startTestGateway({ fetchText: keys.fetchText, snsTopicArns });
    gateway.runs.add('run-1', sampleStatus(), waiting);
    expect(await postMessage({ ...original(), ...change })).toMatchObject({
      status: 401,
      answer: { code: 'HOOK_SIGNATURE_INVALID' },
    });
    expect(await postMessage(original())).toMatchObject({ answer: { matched: true } });
  });

  test('a subject that was taken out', async () => {
    const message = original();
    delete message['Subject'];
    expect((await postMessage(message)).status).toBe(401);
  });

  test('another key under SNS’s own address', async () => {
    const forged = keys.message({ Message: sesNotification(BY_TOKEN) }, stranger);
    expect((await postMessage(forged)).answer).toMatchObject({ code: 'HOOK_SIGNATURE_INVALID' });
  });
});

describe('a certificate is not even asked for at', () => {
  const host = 'sns.eu-west-1.amazonaws.com';
  test.each([
    `https://${host}.evil.example.com/SimpleNotificationService-0a1b2c.pem`,
    `http://${host}/SimpleNotificationService-0a1b2c.pem`,
    `https://${host}:8443/SimpleNotificationService-0a1b2c.pem`,
    `https://${host}@evil.example.com/SimpleNotificationService-0a1b2c.pem`,
    `https://user:secret@${host}/SimpleNotificationService-0a1b2c.pem`,
    `https://evil.example.com/${host}/SimpleNotificationService-0a1b2c.pem`,
    `https://evil.example.com\\@${host}/SimpleNotificationService-0a1b2c.pem`,
    `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem`,
    `https://${host}.cn/SimpleNotificationService-0a1b2c.pem`,
    `https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem`,
    `https://${host}/SimpleNotificationService-0a1b2c.pem?x=.pem`,
    `https://${host}/?Action=ListTopics&x=.pem`,
    `https://${host}/../a.pem`,
    `https://${host}/a/b.pem`,
    `https://${host}/SimpleNotificationService-0a1b2c.crt`,
    ` https://${host}/SimpleNotificationService-0a1b2c.pem`,
    'file:///etc/passwd.pem',
  ])('%s', async (SigningCertURL) => {
    keys.answers.set(SigningCertURL, stranger.pem);
    const forged = keys.message({ Message: sesNotification(BY_TOKEN), SigningCertURL }, stranger);
    expect(await postMessage(forged)).toMatchObject({
      status: 403,
      answer: { code: 'HOOK_CERTIFICATE_INVALID' },
    });
    expect(keys.asked).toEqual([]);
    expect(gateway.runs.answerOf('run-1')).toBeUndefined();
  });
});

test.each([
  ['out of date', spent.pem],
  ['not valid yet', early.pem],
  ['no certificate', 'hello'],
])('a certificate that is %s is refused', async (_name, pem) => {
  keys.answers.set(CERTIFICATE_URL, pem);
  expect(await postMail(BY_TOKEN)).toMatchObject({ answer: { code: 'HOOK_CERTIFICATE_INVALID' } });
});

test('a certificate that runs out while it is kept is refused from then on', async () => {
  const shortLived = selfSigned({ from: new Date(NOW - HOUR_MS), to: new Date(NOW + 60_000) });
  keys.answers.set(CERTIFICATE_URL, shortLived.pem);
  const message = keys.message({ Message: sesNotification(BY_TOKEN) }, shortLived);
  expect((await postMessage(message)).status).toBe(200);
  gateway.clock.nowMs += 120_000;
  expect((await postMessage(message)).answer).toMatchObject({ code: 'HOOK_CERTIFICATE_INVALID' });
});

test('while SNS does not give its certificate the message is to come again', async () => {
  const SigningCertURL = CERTIFICATE_URL.replace('0a1b2c', 'ffffff');
  expect(await postMail(BY_TOKEN, {}, { SigningCertURL })).toMatchObject({
    status: 503,
    answer: { code: 'HOOK_PROVIDER_UNAVAILABLE' },
  });
});

test('a topic that is not configured is refused before anything is asked for', async () => {
  const TopicArn = 'arn:aws:sns:eu-west-1:999999999999:incoming-mails';
  expect(await postMail(BY_TOKEN, {}, { TopicArn })).toMatchObject({
    status: 403,
    answer: { code: 'HOOK_TOPIC_UNKNOWN' },
  });
  expect(keys.asked).toEqual([]);
});

test.each([
  ['an hour ago, by a last retry', -HOUR_MS, 200],
  ['longer ago', -1.3 * HOUR_MS, 403],
  ['by a clock that is a little fast', 4 * 60_000, 200],
  ['in the future', 6 * 60_000, 403],
])('a message published %s', async (_name, offsetMs, status) => {
  const Timestamp = new Date(NOW + offsetMs).toISOString();
  const { status: given, answer } = await postMail(BY_TOKEN, {}, { Timestamp });
  expect(given).toBe(status);
  expect(answer).toMatchObject(status === 200 ? { matched: true } : { code: 'HOOK_EXPIRED' });
});

const verdict = (name: string, status: string) => ({ [`${name}Verdict`]: { status } });
const gray = verdict('dmarc', 'GRAY');
test.each<[string, object, string | undefined, string | true]>([
  ['DMARC failed', verdict('dmarc', 'FAIL'), undefined, 'failed'],
  ['no DMARC policy, SPF passed for its domain', gray, undefined, true],
  ['no DMARC policy, SPF passed for another', gray, 'eve@evil.example.net', 'neither'],
  ['no DMARC policy, DKIM failed', { ...gray, ...verdict('dkim', 'FAIL') }, undefined, 'failed'],
  ['no DMARC policy, no SPF', { ...gray, ...verdict('spf', 'PROCESSING_FAILED') }, undefined, 'neither'],
  ['no DMARC verdict at all', { dmarcVerdict: undefined }, undefined, true],
  ['spam', verdict('spam', 'FAIL'), undefined, 'spam'],
  ['spam unknown', verdict('spam', 'GRAY'), undefined, true],
  ['a virus', verdict('virus', 'FAIL'), undefined, 'infected'],
])('an allowed sender with %s', async (_name, receipt, source, expected) => {
  const { answer } = await postMail(NOTICE, { receipt, ...(source === undefined ? {} : { source }) });
  expect(answer['matched']).toBe(expected === true);
  if (expected !== true) expect(answer['reason']).toContain(expected);
});

test.each(['virus', 'spam'])('a token does not make up for a mail with %s', async (check) => {
  const { answer } = await postMail(BY_TOKEN, { receipt: verdict(check, 'FAIL') });
  expect(answer).toMatchObject({ matched: false });
});

test('an absence notice confirms nothing', async () => {
  const { answer } = await postMail(NOTICE.replace('auto-generated', 'auto-replied'));
  expect(answer).toMatchObject({ matched: false });
});

test('a notification without the mail says what to change in SES', async () => {
  const { status, answer } = await postMessage(keys.message({ Message: sesNotification(undefined) }));
  expect([status, answer['code']]).toEqual([422, 'HOOK_CONTENT_MISSING']);
  expect(answer['message']).toContain('Publish to Amazon SNS topic');
});

test('what SES tells besides is taken and left', async () => {
  const Message = sesNotification(undefined, { notificationType: 'AmazonSnsSubscriptionSucceeded' });
  expect(await postMessage(keys.message({ Message }))).toMatchObject({
    status: 200,
    answer: { matched: false },
  });
});

test.each<[string, () => string]>([
  ['no JSON', () => '{'],
  ['nothing', () => ''],
  ['raw delivery', () => sesNotification(BY_TOKEN)],
  ['an unknown type', () => JSON.stringify({ ...keys.message(), Type: 'Other' })],
  ['a third signature version', () => JSON.stringify({ ...keys.message(), SignatureVersion: '3' })],
  ['a line break in a field', () => JSON.stringify({ ...keys.message(), Subject: 'a\nTimestamp' })],
  ['a message that is no notification of SES', () => JSON.stringify(keys.message({ Message: 'hello' }))],
  [
    'a mail with two From headers',
    () => JSON.stringify(keys.message({ Message: sesNotification(`From: a@example.com${CRLF}${NOTICE}`) })),
  ],
])('%s is refused', async (_name, body) => {
  expect(await post(body())).toMatchObject({ status: 400, answer: { code: 'INPUT_INVALID' } });
  expect(await post('x'.repeat(700_000))).toMatchObject({ status: 413, answer: { code: 'INPUT_INVALID' } });
});

test('while runs cannot be asked SNS is told to come again', async () => {
  gateway.runs.down = true;
  expect((await postMail(BY_TOKEN)).status).toBe(503);
});

describe('a subscription', () => {
  const SubscribeURL = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=t0ken`;
  const request = (over: Fields = {}, Type = 'SubscriptionConfirmation') =>
    keys.message({ Type, Token: 't0ken', SubscribeURL, Message: 'You have chosen to subscribe.', ...over });

  test('is confirmed at SNS, and logged', async () => {
    keys.answers.set(SubscribeURL, '<ConfirmSubscriptionResponse/>');
    expect((await postMessage(request())).status).toBe(200);
    expect(keys.asked).toEqual([CERTIFICATE_URL, SubscribeURL]);
    expect(gateway.log.join('')).toContain('confirmed');
    expect(gateway.log.join('')).not.toContain('t0ken');
  });

  test('that SNS does not take now comes again', async () => {
    expect(await postMessage(request())).toMatchObject({
      status: 503,
      answer: { code: 'HOOK_PROVIDER_UNAVAILABLE' },
    });
  });

  test('to somebody else’s topic is refused', async () => {
    const TopicArn = 'arn:aws:sns:eu-west-1:999999999999:theirs';
    expect((await postMessage(request({ TopicArn }))).answer).toMatchObject({ code: 'HOOK_TOPIC_UNKNOWN' });
    expect(keys.asked).toEqual([]);
  });

  test.each([
    ['of an altered token', { ...request(), Token: 'other' }, 'HOOK_SIGNATURE_INVALID'],
    [
      'of an altered address',
      { ...request(), SubscribeURL: 'https://a.example.com/' },
      'HOOK_SIGNATURE_INVALID',
    ],
    [
      'elsewhere',
      request({ SubscribeURL: SubscribeURL.replace('.com/', '.com.evil.example.com/') }),
      'INPUT_INVALID',
    ],
    ['by http', request({ SubscribeURL: SubscribeURL.replace('https', 'http') }), 'INPUT_INVALID'],
    [
      'to another topic',
      request({ SubscribeURL: SubscribeURL.replace(TOPIC, `${TOPIC}-2`) }),
      'INPUT_INVALID',
    ],
    ['by another action', request({ SubscribeURL: SubscribeURL.replace('Confirm', 'Un') }), 'INPUT_INVALID'],
    ['with another token', request({ SubscribeURL: SubscribeURL.replace('t0ken', 'x') }), 'INPUT_INVALID'],
  ])('%s is not followed', async (_name, message, code) => {
    expect((await postMessage(message)).answer).toMatchObject({ code });
    expect(keys.asked).toEqual([CERTIFICATE_URL]);
  });

  test('that was ended is not taken up again, but told in the log', async () => {
    expect((await postMessage(request({}, 'UnsubscribeConfirmation'))).status).toBe(200);
    expect(keys.asked).toEqual([CERTIFICATE_URL]);
    expect(gateway.log.join('')).toContain('ended');
  });
});

test('no mail reaches the log', async () => {
  await postMail(BY_TOKEN);
  expect(gateway.log.join('')).toContain('/hooks/ses');
  for (const text of [TOKEN, 'ann@example.com']) expect(gateway.log.join('')).not.toContain(text);
});
