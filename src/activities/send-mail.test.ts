import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createConfirmationLinks, readLink } from '../adapters/email/links';
import { sampleResult, sampleStatus } from '../adapters/email/run-samples.test-support';
import {
  smtpReply,
  startSmtpInbox,
  type InboxBehaviour,
  type SmtpInbox,
} from '../adapters/email/smtp-inbox.test-support';
import { createMailTemplates } from '../adapters/email/templates';
import { createMailTransport } from '../adapters/email/transport';
import { automaticMail } from '../domain/automatic-mail';
import { createMailActivities, type MailActivities } from './send-mail';

const SECRET = 's'.repeat(40);
const NOW = Date.UTC(2026, 10, 21);
const OPERATORS = ['ops@example.com', 'team@example.com'];
const inboxes: SmtpInbox[] = [];
afterEach(async () => {
  for (const inbox of inboxes.splice(0)) await inbox.close();
});

async function start(
  behaviour: InboxBehaviour = {},
): Promise<{ inbox: SmtpInbox; activities: MailActivities }> {
  const inbox = await startSmtpInbox(behaviour);
  inboxes.push(inbox);
  const activities = createMailActivities({
    transport: createMailTransport({ url: inbox.url, from: 'brazier@example.com' }),
    templates: createMailTemplates(),
    links: createConfirmationLinks({ secret: SECRET, gatewayUrl: 'https://b.example.com' }),
    operators: OPERATORS,
    clock: () => NOW,
  });
  return { inbox, activities };
}

/** Runs an activity as a worker would, and tells what its last heartbeat said. */
async function attempt<T>(
  work: () => Promise<T>,
  heartbeatDetails?: unknown,
): Promise<{ result?: T; error?: unknown; progress: unknown }> {
  const environment = new MockActivityEnvironment(
    { heartbeatDetails },
    { logger: new DefaultLogger('ERROR') },
  );
  let progress = heartbeatDetails;
  environment.on('heartbeat', (details: unknown) => (progress = structuredClone(details)));
  try {
    return { result: await environment.run(work), progress };
  } catch (error) {
    return { error, progress };
  }
}

const asking = { status: sampleStatus(), runId: 'run-1', expiresInSeconds: 3599.9996, attempt: 0 };

test('each recipient gets a link of their own that expires when the waiting ends', async () => {
  const { inbox, activities } = await start();
  const recipients = ['ann@example.com', 'bob@example.com'];
  const { result } = await attempt(() =>
    activities.sendConfirmationMail({ ...asking, recipients, kind: 'confirmation' }),
  );
  expect(result).toEqual({ sent: inbox.deliveries.map(({ mail }) => mail.messageId), refusedRecipients: 0 });
  const claims = inbox.deliveries.map(({ mail }) => {
    const [, token = ''] = /https:\/\/b\.example\.com\/confirm\/([\w.-]+)/.exec(mail.text ?? '') ?? [];
    return readLink(SECRET, token, NOW);
  });
  expect(inbox.deliveries.map(({ recipients: to }) => to)).toEqual([
    ['ann@example.com'],
    ['bob@example.com'],
  ]);
  expect(claims).toEqual(
    recipients.map((email, index) => ({
      ok: true,
      value: {
        workflowId: sampleStatus().workflowId,
        runId: 'run-1',
        recipient: { index, email },
        generation: 4,
        planHash: sampleStatus().planHash,
        expiresAt: NOW + 3_600_000,
      },
    })),
  );
});

test('operators are asked where nobody is named; for a mail policy they are told the token, without a link', async () => {
  const { inbox, activities } = await start();
  await attempt(() =>
    activities.sendConfirmationMail({ ...asking, recipients: [], kind: 'reminder', attempt: 1 }),
  );
  await attempt(() =>
    activities.sendConfirmationMail({ ...asking, recipients: [], kind: 'confirmation', policy: 'mail' }),
  );
  expect(inbox.deliveries.map(({ recipients }) => recipients)).toEqual([
    ['ops@example.com'],
    ['team@example.com'],
    OPERATORS,
  ]);
  const { text = '' } = inbox.deliveries[2]?.mail ?? {};
  expect(text).toContain(
    await activities.runToken({ workflowId: sampleStatus().workflowId, runId: 'run-1' }),
  );
  expect(text).not.toContain('/confirm/');
});

test('a retry after a lost answer repeats the Message-ID; reminders and other runs have their own', async () => {
  let lost = true;
  const { inbox, activities } = await start({
    onMessage: () => {
      if (lost) throw smtpReply(451, 'answer lost');
    },
  });
  const first = await attempt(() => activities.sendEndMail({ result: sampleResult(), runId: 'run-1' }));
  expect(first.error).toMatchObject({ type: 'MAIL_UNAVAILABLE', nonRetryable: false });
  lost = false;
  const second = await attempt(
    () => activities.sendEndMail({ result: sampleResult(), runId: 'run-1' }),
    first.progress,
  );
  const another = await attempt(() => activities.sendEndMail({ result: sampleResult(), runId: 'run-2' }));
  const [one, two, three] = inbox.deliveries.map(({ mail }) => mail.messageId);
  expect(one).toBe(two);
  expect(one).toMatch(/^<completion\.brz-\w{20}@brazier\.example\.com>$/);
  expect(three).not.toBe(one);
  expect([second.result?.sent, another.result?.sent]).toEqual([[one], [three]]);
  await attempt(() =>
    activities.sendEndMail({ result: sampleResult({ outcome: 'failed' }), runId: 'run-1' }),
  );
  expect(inbox.deliveries[3]?.mail.messageId).toMatch(/^<ended\.brz-/);
});

test('a retry writes again only to those whom the server deferred', async () => {
  let greylisting = true;
  const { inbox, activities } = await start({
    onRecipient: (address) => {
      if (address === 'bob@example.com' && greylisting) throw smtpReply(450, 'greylisted');
      if (address === 'gone@example.com') throw smtpReply(550, 'unknown');
    },
  });
  const input = {
    ...asking,
    recipients: ['ann@example.com', 'bob@example.com', 'gone@example.com'],
    kind: 'confirmation' as const,
  };
  const first = await attempt(() => activities.sendConfirmationMail(input));
  expect(first.error).toMatchObject({ type: 'MAIL_UNAVAILABLE', nonRetryable: false });
  expect(JSON.stringify(first.progress)).not.toContain('@');
  greylisting = false;
  const second = await attempt(() => activities.sendConfirmationMail(input), first.progress);
  expect(inbox.deliveries.map(({ recipients }) => recipients)).toEqual([
    ['ann@example.com'],
    ['bob@example.com'],
  ]);
  expect(second.result).toEqual({
    sent: inbox.deliveries.map(({ mail }) => mail.messageId),
    refusedRecipients: 1,
  });
});

test('a mail that nobody may get for good is a failure that is not retried', async () => {
  const { activities } = await start({
    onMessage: () => {
      throw smtpReply(554, 'refused');
    },
  });
  const { error } = await attempt(() =>
    activities.sendApprovalMail({ status: sampleStatus(), runId: 'run-1', timeoutSeconds: 60 }),
  );
  expect(error).toMatchObject({ type: 'MAIL_REFUSED', nonRetryable: true });
});

test('one approval mail goes to all operators, marked so that mailboxes do not answer it', async () => {
  const { inbox, activities } = await start();
  await attempt(() =>
    activities.sendApprovalMail({ status: sampleStatus(), runId: 'run-1', timeoutSeconds: 60 }),
  );
  const [delivery] = inbox.deliveries;
  expect(inbox.deliveries).toHaveLength(1);
  expect(delivery?.recipients).toEqual(OPERATORS);
  const lines = delivery?.mail.headerLines ?? [];
  const headers = Object.fromEntries(
    lines.map(({ key, line }) => [key, [line.slice(line.indexOf(':') + 1).trim()]]),
  );
  expect(headers['auto-submitted']).toEqual(['auto-generated']);
  expect(automaticMail({ from: 'brazier@example.com', subject: '', headers })).toBe('own');
});
