import { createHmac } from 'node:crypto';
import { FormData } from 'undici';
import { sampleStatus } from '../adapters/email/run-samples.test-support';
import { type WaitingRun } from '../domain/mail-matching';
import { runTokenFrom } from '../domain/run-token';
import { startTestGateway, TEST_SECRETS, type TestGateway } from './gateway.test-support';

const TOKEN = runTokenFrom('7c'.repeat(32));
const STARTED = Date.UTC(2026, 10, 20);
const waiting: WaitingRun = {
  workflowId: 'w-1',
  runId: 'run-1',
  runToken: TOKEN,
  audience: 'Active customers',
  integration: 'shop',
  allowedSenders: ['notices@platform.example.com'],
  startedAtMs: STARTED,
};

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
  gateway.runs.add('run-1', sampleStatus(), waiting);
});
afterEach(() => gateway.close());

type Fields = Record<string, string>;
type Header = [name: string, value: string];
interface Answer {
  status: number;
  answer: Record<string, unknown>;
}

const PROVEN: Header = ['X-Mailgun-Spf', 'Pass'];
const NOTICE: Fields = {
  sender: 'bounces@platform.example.com',
  from: 'Platform <notices@platform.example.com>',
  recipient: 'brazier@hooks.example.com',
  subject: 'Active customers is fully updated',
  'body-plain': 'All done.',
};
const headersOf = (from: string, ...more: Header[]): Fields => ({
  'message-headers': JSON.stringify([['From', from], ...more]),
});
const notice = (...more: Header[]): Fields => ({
  ...NOTICE,
  ...headersOf('Platform <notices@platform.example.com>', ...more),
});
const byToken = (more: Fields = {}): Fields => ({
  ...headersOf('Ann <ann@example.com>'),
  sender: 'ann@example.com',
  'body-plain': `All good. ${TOKEN}`,
  ...more,
});

function signed(fields: Fields, atMs = gateway.clock.nowMs, key = TEST_SECRETS.mailgun): Fields {
  const timestamp = String(Math.floor(atMs / 1000));
  const token = 'a1b2c'.repeat(10);
  const signature = createHmac('sha256', key).update(`${timestamp}${token}`).digest('hex');
  return { timestamp, token, signature, ...fields };
}

async function post(
  body: string | Buffer | FormData,
  type?: string,
  path = '/hooks/mailgun',
): Promise<Answer> {
  const headers = type === undefined ? {} : { 'content-type': type };
  const reply = await gateway.http.request({ method: 'POST', path, headers, body });
  const text = await reply.body.text();
  return {
    status: reply.statusCode,
    answer: JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>,
  };
}

const postForm = (fields: Fields, path?: string): Promise<Answer> =>
  post(new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded', path);

function multipart(fields: Fields, ...files: Blob[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [index, file] of files.entries()) form.append(`attachment-${index + 1}`, file, 'a.bin');
  return form;
}

test('a parsed mail with the run token confirms from anybody', async () => {
  expect(await postForm(signed(byToken()))).toMatchObject({
    status: 200,
    answer: { matched: true, workflowId: 'w-1', confirmation: { by: 'ann@example.com', via: 'mail' } },
  });
});

test('a mail with attachments comes as multipart; they are dropped, however large', async () => {
  const attachments = [new Blob([Buffer.alloc(8 * 1024 * 1024)]), new Blob(['x'])];
  expect(await post(multipart(signed(byToken()), ...attachments))).toMatchObject({
    status: 200,
    answer: { matched: true },
  });
});

test('a long part that nobody reads is cut, one that is read is refused', async () => {
  const long = 'x'.repeat(1_100_000);
  expect((await post(multipart(signed(byToken({ 'body-plain': long }))))).status).toBe(406);
  expect(await post(multipart(signed(byToken({ 'body-html': long }))))).toMatchObject({
    answer: { matched: true },
  });
});

test('a raw mail confirms by sender and name, proven by SPF', async () => {
  const raw = [
    'X-Mailgun-Spf: Pass',
    'From: Platform <notices@platform.example.com>',
    'Subject: =?utf-8?Q?Active_customers_=E2=80=93_updated?=',
    'Auto-Submitted: auto-generated',
    '',
    'Done.',
  ].join('\r\n');
  const fields = signed({ sender: 'bounces@platform.example.com', 'body-mime': raw });
  expect(await postForm(fields, '/hooks/mailgun/mime')).toMatchObject({
    status: 200,
    answer: { matched: true, confirmation: { by: 'notices@platform.example.com' } },
  });
});

test('the same delivery again gets the first answer, and reaches Temporal under the same id', async () => {
  gateway.runs.keepWaiting = true;
  const delivery = signed(byToken());
  const first = await postForm(delivery);
  gateway.clock.nowMs += 60_000;
  expect(await postForm(delivery)).toEqual(first);
  const [one, two] = gateway.runs.updateIds;
  expect(one).toMatch(/^mail-[0-9a-f]{32}$/);
  expect(two).toBe(one);
});

test('the same delivery again does not confirm the next run of the audience', async () => {
  const delivery = signed(notice(PROVEN));
  expect((await postForm(delivery)).answer).toMatchObject({ matched: true, workflowId: 'w-1' });
  gateway.clock.nowMs += 3_600_000;
  gateway.runs.add('run-2', sampleStatus(), {
    ...waiting,
    runId: 'run-2',
    startedAtMs: gateway.clock.nowMs - 60_000,
  });
  expect((await postForm(delivery)).answer).toMatchObject({ matched: false });
  expect(gateway.runs.answerOf('run-2')).toBeUndefined();
  expect((await postForm(signed(notice(PROVEN)))).answer).toMatchObject({ matched: true });
});

describe('whose delivery is not proven confirms nothing', () => {
  const change = (name: string, to: (value: string) => string) => (): Fields => {
    const fields = signed(byToken());
    return { ...fields, [name]: to(fields[name] ?? '') };
  };
  const without = (name: string) => change(name, () => '');
  test.each<[string, () => Fields]>([
    ['another timestamp', change('timestamp', (value) => String(Number(value) + 1))],
    ['another token', change('token', (value) => `b${value.slice(1)}`)],
    [
      'another signature',
      change('signature', (value) => value.replace(/^./, (c) => (c === '0' ? '1' : '0'))),
    ],
    ['a cut signature', change('signature', (value) => value.slice(0, 62))],
    ['no signature', without('signature')],
    ['no timestamp', without('timestamp')],
    ['no token', without('token')],
    ['another key', () => signed(byToken(), gateway.clock.nowMs, 'another-key')],
    [
      'a digit moved from one signed field to the other',
      () => {
        const { timestamp = '', token = '', ...rest } = signed(byToken());
        return { ...rest, timestamp: timestamp.slice(0, 9), token: `${timestamp.slice(9)}${token}` };
      },
    ],
  ])('%s', async (_name, fields) => {
    // Not 406: Mailgun comes again, by when a key that was changed there may be changed here.
    expect(await postForm(fields())).toMatchObject({
      status: 401,
      answer: { code: 'HOOK_SIGNATURE_INVALID' },
    });
    expect(gateway.runs.answerOf('run-1')).toBeUndefined();
  });
});

const HOUR_MS = 3_600_000;
test.each([
  ['signed at the last retry, 8 hours ago', -8 * HOUR_MS, 200],
  ['signed longer ago', -8.6 * HOUR_MS, 406],
  ['signed by a clock that is a little fast', 4 * 60_000, 200],
  ['signed in the future', 6 * 60_000, 406],
])('a delivery %s', async (_name, offsetMs, status) => {
  const { status: given, answer } = await postForm(signed(byToken(), gateway.clock.nowMs + offsetMs));
  expect(given).toBe(status);
  expect(answer).toMatchObject(status === 200 ? { matched: true } : { code: 'HOOK_EXPIRED' });
});

test.each<[string, Header[], string | undefined, string]>([
  ['no report', [], undefined, 'neither'],
  ['SPF failed', [['X-Mailgun-Spf', 'Fail']], undefined, 'failed'],
  ['SPF soft-failed', [['X-Mailgun-Spf', 'SoftFail']], undefined, 'failed'],
  ['SPF neutral', [['X-Mailgun-Spf', 'Neutral']], undefined, 'neither'],
  ['SPF passed twice, once by forgery', [PROVEN, PROVEN], undefined, 'failed'],
  ['SPF passed for another domain', [PROVEN], 'eve@evil.example.net', 'neither'],
  ['DKIM alone passed', [['X-Mailgun-Dkim-Check-Result', 'Pass']], undefined, 'neither'],
  ['DKIM failed', [PROVEN, ['X-Mailgun-Dkim-Check-Result', 'Fail']], undefined, 'failed'],
  ['spam', [PROVEN, ['X-Mailgun-Sflag', 'Yes']], undefined, 'spam'],
  ['an absence notice', [PROVEN, ['Auto-Submitted', 'auto-replied']], undefined, 'machine'],
])('an allowed sender with %s confirms nothing by name', async (_name, more, sender, reason) => {
  const fields = signed({ ...notice(...more), ...(sender === undefined ? {} : { sender }) });
  const { status, answer } = await postForm(fields);
  expect([status, answer['matched']]).toEqual([200, false]);
  expect(answer['reason']).toContain(reason);
});

test('spam does not confirm by token either', async () => {
  const spam = byToken(headersOf('ann@example.com', ['X-Mailgun-Sflag', 'Yes']));
  expect((await postForm(signed(spam))).answer).toMatchObject({ matched: false });
});

test('what stands only in the quoted part confirms nothing', async () => {
  const reply = byToken({
    'body-plain': `No, it is wrong.\n\nFrom: Brazier\n${TOKEN}`,
    'stripped-text': 'No, it is wrong.',
  });
  expect((await postForm(signed(reply))).answer).toMatchObject({ matched: false });
});

test.each<[string, () => Promise<Answer>]>([
  ['no headers', () => postForm(signed({ ...NOTICE }))],
  ['headers that are no pairs', () => postForm(signed({ ...NOTICE, 'message-headers': '{"From":"a"}' }))],
  ['broken headers', () => postForm(signed({ ...NOTICE, 'message-headers': '[[' }))],
  ['two From headers', () => postForm(signed({ ...notice(PROVEN, ['From', 'eve@example.com']) }))],
  ['no From header', () => postForm(signed({ ...NOTICE, 'message-headers': '[]' }))],
  [
    'a field twice',
    () =>
      post(
        `${new URLSearchParams(signed(byToken())).toString()}&body-plain=x`,
        'application/x-www-form-urlencoded',
      ),
  ],
  ['JSON', () => post('{}', 'application/json')],
  ['plain text', () => post('x', 'text/plain')],
  ['multipart without a boundary', () => post('x', 'multipart/form-data')],
  ['broken multipart', () => post('x', 'multipart/form-data; boundary=y')],
  ['too long a form', () => postForm(signed(byToken({ 'body-html': 'x'.repeat(7_000_000) })))],
])('%s is refused for good: Mailgun does not come again', async (_name, send) => {
  expect(await send()).toMatchObject({ status: 406, answer: { code: 'INPUT_INVALID' } });
  expect(gateway.runs.answerOf('run-1')).toBeUndefined();
});

const URLENCODED = 'application/x-www-form-urlencoded';
const TWICE = ['subject', 'subject']
  .map((name) => `--y\r\ncontent-disposition: form-data; name="${name}"\r\n\r\nx\r\n`)
  .join('');
test.each<[string, string, string, string]>([
  ['millions of fields', '&'.repeat(3_000_000), URLENCODED, 'The form has more than 200 fields.'],
  [
    'a long field',
    `subject=${'x'.repeat(1_100_000)}`,
    URLENCODED,
    'The field subject is longer than a mebibyte.',
  ],
  [
    'a field twice and no end',
    `${TWICE}--y`,
    'multipart/form-data; boundary=y',
    'The field subject comes twice.',
  ],
])('%s: refused before anything is made of it', async (_name, body, type, message) => {
  expect(await post(body, type)).toMatchObject({ status: 406, answer: { code: 'INPUT_INVALID', message } });
});

test('while runs cannot be asked Mailgun is told to come again', async () => {
  gateway.runs.down = true;
  expect(await postForm(signed(byToken()))).toMatchObject({
    status: 503,
    answer: { code: 'TEMPORAL_UNAVAILABLE' },
  });
});

test('neither mail nor proof reaches the log', async () => {
  const fields = signed(byToken({ subject: 'Confidential' }));
  await postForm(fields);
  const log = gateway.log.join('');
  expect(log).toContain('/hooks/mailgun');
  for (const text of ['Confidential', TOKEN, fields['token'], fields['signature'], 'ann@example.com'])
    expect(log).not.toContain(text);
});

describe('configured otherwise', () => {
  beforeEach(() => gateway.close());

  test('senders are not proven by headers until the operator says that Mailgun writes them', async () => {
    gateway = await startTestGateway({ mailgunMarksMail: false });
    gateway.runs.add('run-1', sampleStatus(), waiting);
    expect((await postForm(signed(notice(PROVEN)))).answer).toMatchObject({ matched: false });
    expect((await postForm(signed(byToken()))).answer).toMatchObject({ matched: true });
  });

  test.each([
    ['/hooks/mailgun', { mailgunSigningKey: '' }, 'BRAZIER_MAILGUN_SIGNING_KEY'],
    ['/hooks/mailgun/mime', { mailgunSigningKey: '' }, 'BRAZIER_MAILGUN_SIGNING_KEY'],
    ['/hooks/mail', { hookToken: '' }, 'BRAZIER_HOOK_TOKEN'],
    ['/hooks/ses', { snsTopicArns: [] }, 'BRAZIER_SNS_TOPIC_ARNS'],
  ])('%s without its setting says who has to configure what', async (path, options, variable) => {
    gateway = await startTestGateway(options);
    const { status, answer } = await postForm(signed(byToken(), gateway.clock.nowMs, ''), path);
    expect([status, answer['code']]).toEqual([404, 'HOOK_OFF']);
    expect(answer['message']).toContain(variable);
  });
});
