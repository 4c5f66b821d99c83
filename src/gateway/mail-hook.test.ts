import MailComposer from 'nodemailer/lib/mail-composer';
import { sampleStatus } from '../adapters/email/run-samples.test-support';
import { startSmtpInbox } from '../adapters/email/smtp-inbox.test-support';
import { createMailTransport } from '../adapters/email/transport';
import { type WaitingRun } from '../domain/mail-matching';
import { runTokenFrom } from '../domain/run-token';
import { startTestGateway, TEST_SECRETS, type TestGateway } from './gateway.test-support';

const TOKEN = runTokenFrom('7c'.repeat(32));
const waiting: WaitingRun = {
  workflowId: 'w-1',
  runId: 'run-1',
  runToken: TOKEN,
  audience: 'Active customers',
  integration: 'shop',
  allowedSenders: ['notices@platform.example.com'],
  startedAtMs: Date.UTC(2026, 10, 20),
};

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
  gateway.runs.add('run-1', sampleStatus(), waiting);
});
afterEach(() => gateway.close());

async function post(
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const reply = await gateway.http.request({
    method: 'POST',
    path: '/hooks/mail',
    headers: { authorization: `Bearer ${TEST_SECRETS.hook}`, 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: reply.statusCode, answer: (await reply.body.json()) as Record<string, unknown> };
}

const postJson = (mail: object): ReturnType<typeof post> =>
  post(JSON.stringify({ from: 'ann@example.com', subject: '', text: '', headers: {}, ...mail }));
const postMessage = (message: string | Buffer): ReturnType<typeof post> =>
  post(message, { 'content-type': 'message/rfc822' });

test('a mail with the run token confirms the run; a repeat gets the first answer back', async () => {
  const { status, answer } = await postJson({ text: `All good. ${TOKEN}` });
  expect(status).toBe(200);
  expect(answer).toMatchObject({
    matched: true,
    workflowId: 'w-1',
    confirmation: { answer: 'right', by: 'ann@example.com', via: 'mail' },
  });
  expect(gateway.runs.answerOf('run-1')).toMatchObject({ by: 'ann@example.com', via: 'mail' });
  expect(gateway.log.at(-1)).toContain('"workflowId":"w-1"');
  expect(await postJson({ text: TOKEN })).toMatchObject({ status: 200, answer: { matched: false } });
});

test("a platform's own mail, as it travels, confirms by sender and audience name", async () => {
  const message = await new MailComposer({
    from: 'Platform Notices <Notices@platform.example.com>',
    to: 'hook@example.com',
    subject: 'Profiles fully updated – Größe',
    html: '<p>Your audience <b>Active&nbsp;customers</b> is fully updated.</p>',
    headers: { 'Auto-Submitted': 'auto-generated' },
  })
    .compile()
    .build();
  expect(await postMessage(message)).toMatchObject({
    status: 200,
    answer: { matched: true, confirmation: { by: 'Notices@platform.example.com' } },
  });
});

test.each<[string, string]>([
  [
    'an absence notice',
    'From: Notices <notices@platform.example.com>\r\nAuto-Submitted: auto-replied\r\nSubject: Active customers',
  ],
  [
    'an Outlook absence notice',
    'From: notices@platform.example.com\r\nSubject: =?utf-8?Q?Automatische_Antwort=3A_Active_customers?=',
  ],
  ['a bounce', 'Return-Path: <>\r\nFrom: notices@platform.example.com\r\nSubject: Active customers'],
  [
    'a delivery report',
    'From: MAILER-DAEMON@example.com\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n boundary=x\r\nSubject: failed',
  ],
  [
    'a folded header',
    'From: notices@platform.example.com\r\nAuto-Submitted:\r\n auto-replied\r\nSubject: Active customers',
  ],
  [
    "Brazier's own mail",
    'From: notices@platform.example.com\r\nX-Brazier-Mail: <a@b>\r\nSubject: Active customers',
  ],
])('%s confirms nothing, even with the token', async (_name, head) => {
  const { status, answer } = await postMessage(
    `${head}\r\nTo: hook@example.com\r\n\r\nActive customers ${TOKEN}\r\n`,
  );
  expect(status).toBe(200);
  expect(answer).toMatchObject({ matched: false });
  expect(answer['reason']).toContain('machine');
  expect(gateway.runs.answerOf('run-1')).toBeUndefined();
});

test.each([
  [{ from: 'eve@example.com', subject: 'Active customers' }, 'sender'],
  [{ from: 'notices@platform.example.com, eve@example.com', subject: 'Active customers' }, 'sender'],
  [{ from: '"notices@platform.example.com" <eve@example.com>', subject: 'Active customers' }, 'sender'],
  [{ from: 'notices@platform.example.com', subject: 'Inactive customers' }, 'names no waiting audience'],
  [{ text: runTokenFrom('11'.repeat(32)) }, 'no run with that token'],
  [{ headers: { 'auto-submitted': ['auto-replied'] }, text: TOKEN }, 'machine'],
  [{ headers: { Precedence: 'junk' }, text: TOKEN }, 'machine'],
])('%j confirms nothing and says why', async (mail, reason) => {
  const { status, answer } = await postJson(mail);
  expect([status, answer['matched']]).toEqual([200, false]);
  expect(answer['reason']).toContain(reason);
  expect(gateway.runs.answerOf('run-1')).toBeUndefined();
});

test('a message with two From headers speaks for nobody', async () => {
  const message = `From: notices@platform.example.com\r\nFrom: eve@example.com\r\nSubject: ${TOKEN}\r\n\r\nActive customers\r\n`;
  expect(await postMessage(message)).toMatchObject({ status: 400, answer: { code: 'INPUT_INVALID' } });
});

test.each([
  ['no token', ''],
  ['another token', 'Bearer wrong'],
  ['another scheme', `Basic ${TEST_SECRETS.hook}`],
  ['a longer token', `Bearer ${TEST_SECRETS.hook}x`],
])('a caller with %s is turned away before its mail is read', async (_name, authorization) => {
  expect(await post('{not json', { authorization })).toMatchObject({
    status: 401,
    answer: { code: 'HOOK_UNAUTHORIZED' },
  });
});

test.each<[string, string, Record<string, string>, number]>([
  ['broken JSON', '{', {}, 400],
  ['no sender', '{"subject":"x"}', {}, 400],
  ['no object', '[]', {}, 400],
  ['an unknown content type', 'x', { 'content-type': 'text/plain' }, 415],
  ['more than a mebibyte', JSON.stringify({ from: 'a@example.com', text: 'x'.repeat(1_100_000) }), {}, 413],
])('%s is refused with a code', async (_name, body, headers, status) => {
  expect(await post(body, headers)).toMatchObject({ status, answer: { code: 'INPUT_INVALID' } });
});

test('while runs cannot be asked the sender is told to come again', async () => {
  gateway.runs.down = true;
  const told = await postJson({ text: TOKEN });
  expect(told).toMatchObject({ status: 503, answer: { code: 'TEMPORAL_UNAVAILABLE' } });
  expect(told.answer['message']).toMatch(/^Temporal, .* has request [\w-]{8,}\.$/);
});

test('neither mail nor hook token reaches the log', async () => {
  await postJson({ subject: 'Confidential', text: TOKEN });
  await post('{"Confidential', {});
  const log = gateway.log.join('');
  expect(log).toContain('/hooks/mail');
  for (const text of ['Confidential', TOKEN, TEST_SECRETS.hook, 'ann@example.com'])
    expect(log).not.toContain(text);
});

test('a mail that went through a mail server confirms all the same', async () => {
  const inbox = await startSmtpInbox();
  const transport = createMailTransport({ url: inbox.url, from: 'ann@example.com' });
  await transport.send({
    messageId: '<a@example.com>',
    to: ['hook@example.com'],
    subject: `Fine ${TOKEN}`,
    text: 'ok',
    html: '<p>ok</p>',
  });
  const mail = inbox.deliveries[0]!.mail;
  expect(await postJson({ from: mail.from?.text, subject: mail.subject, text: mail.text })).toMatchObject({
    answer: { matched: true },
  });
  await inbox.close();
});
