import { createServer, type AddressInfo, type Socket } from 'node:net';
import { smtpReply, startSmtpInbox, type InboxBehaviour, type SmtpInbox } from './smtp-inbox.test-support';
import { createMailTransport, SenderAddressError, type MailTransport, type OutgoingMail } from './transport';

const FROM = 'Brazier <brazier@Mail.example.com>';
const mail = (over: Partial<OutgoingMail> = {}): OutgoingMail => ({
  messageId: '<completion.brz-1@brazier.mail.example.com>',
  to: ['ann@example.com', 'bob@example.com'],
  subject: 'Größe: 3,817 members ✓',
  text: 'Grüße',
  html: '<p>Grüße</p>',
  headers: { 'X-Brazier-Mail': 'x' },
  ...over,
});

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(
  behaviour: InboxBehaviour = {},
): Promise<{ inbox: SmtpInbox; transport: MailTransport }> {
  const inbox = await startSmtpInbox(behaviour);
  const transport = createMailTransport({ url: inbox.url, from: FROM });
  closers.push(
    () => transport.close(),
    () => inbox.close(),
  );
  return { inbox, transport };
}

test('a mail arrives as it was given, Message-ID included', async () => {
  const { inbox, transport } = await start();
  await expect(transport.send(mail())).resolves.toEqual({
    ok: true,
    value: { accepted: ['ann@example.com', 'bob@example.com'], refused: [] },
  });
  const [delivery] = inbox.deliveries;
  expect(delivery?.recipients).toEqual(['ann@example.com', 'bob@example.com']);
  expect(delivery?.mail).toMatchObject({
    messageId: mail().messageId,
    subject: mail().subject,
    html: '<p>Grüße</p>',
  });
  expect(delivery?.mail.text?.trim()).toBe('Grüße');
  expect(delivery?.mail.from?.text).toBe('"Brazier" <brazier@mail.example.com>');
  expect(delivery?.mail.headers.get('x-brazier-mail')).toBe('x');
  expect(transport.domain).toBe('mail.example.com');
});

test('a mail goes only to those who still have to get it', async () => {
  const { inbox, transport } = await start();
  await transport.send(mail({ deliverTo: ['bob@example.com'] }));
  await transport.send(mail({ deliverTo: [] }));
  expect(inbox.deliveries.map(({ recipients }) => recipients)).toEqual([['bob@example.com']]);
});

test('a name with line breaks adds no header and no recipient', async () => {
  const { inbox, transport } = await start();
  await transport.send(mail({ subject: 'x\r\nBcc: eve@example.com\r\n\r\nbody' }));
  expect(inbox.deliveries[0]?.recipients).toHaveLength(2);
  expect(inbox.deliveries[0]?.mail.bcc).toBeUndefined();
});

test('refused recipients are told one by one, for good or for now', async () => {
  const { inbox, transport } = await start({
    onRecipient: (address) => {
      if (address.startsWith('ann')) throw smtpReply(550, 'no such mailbox');
      if (address.startsWith('bob')) throw smtpReply(450, 'come back later');
    },
  });
  const outcome = await transport.send(
    mail({ to: ['ann@example.com', 'bob@example.com', 'cy@example.com'] }),
  );
  expect(outcome).toEqual({
    ok: true,
    value: {
      accepted: ['cy@example.com'],
      refused: [
        { address: 'ann@example.com', permanent: true, reason: '550 no such mailbox' },
        { address: 'bob@example.com', permanent: false, reason: '450 come back later' },
      ],
    },
  });
  const all = await transport.send(mail());
  expect(all).toMatchObject({
    ok: true,
    value: { accepted: [], refused: [{ permanent: true }, { permanent: false }] },
  });
  expect(inbox.deliveries).toHaveLength(1);
});

test('a password that the server repeats with a refused recipient is cut out', async () => {
  const login = { user: 'ann', password: 'hush hush' };
  const { transport } = await start({
    login,
    onRecipient: () => {
      throw smtpReply(450, `later, ann with ${login.password}`);
    },
  });
  const outcome = await transport.send(mail({ to: ['ann@example.com'] }));
  expect(outcome).toMatchObject({
    value: { refused: [{ reason: '450 later, ann with [redacted]' }] },
  });
});

test.each([
  [451, 'MAIL_UNAVAILABLE'],
  [421, 'MAIL_UNAVAILABLE'],
  [554, 'MAIL_REFUSED'],
])('a mail answered with %i ends in %s', async (code, expected) => {
  const { transport } = await start({
    onMessage: () => {
      throw smtpReply(code, 'not this one');
    },
  });
  const outcome = await transport.send(mail());
  expect(outcome).toMatchObject({ ok: false, fault: { code: expected } });
  if (!outcome.ok) expect(outcome.fault.message).toContain(`${code} not this one`);
});

test('what is no address is refused without asking the server; the others get the mail', async () => {
  const { inbox, transport } = await start();
  const bad = ['a<eve@example.com>', 'a@example.com,eve@example.com', 'a\n@example.com', 'nobody'];
  const outcome = await transport.send(mail({ to: [...bad, 'ann@example.com', 'bob@grüße.example.com'] }));
  expect(outcome).toMatchObject({
    ok: true,
    value: { accepted: ['ann@example.com', 'bob@grüße.example.com'] },
  });
  if (outcome.ok) expect(outcome.value.refused.map(({ address }) => address)).toEqual(bad);
  expect(inbox.deliveries[0]?.recipients).toEqual(['ann@example.com', 'bob@grüße.example.com']);
});

test('a refusal is told in the spelling of the caller', async () => {
  const { transport } = await start({
    onRecipient: () => {
      throw smtpReply(550, 'no such mailbox');
    },
  });
  const outcome = await transport.send(mail({ to: ['Bob@Grüße.example.com'] }));
  expect(outcome).toMatchObject({
    ok: true,
    value: { accepted: [], refused: [{ address: 'Bob@Grüße.example.com' }] },
  });
});

test('a good login is taken; a bad one is told without the password', async () => {
  const inbox = await startSmtpInbox({ login: { user: 'brazier', password: 'p@ss/word' } });
  const good = createMailTransport({ url: inbox.url, from: FROM });
  const bad = createMailTransport({ url: inbox.url.replace('p%40ss', 'wrong%40'), from: FROM });
  closers.push(
    () => good.close(),
    () => bad.close(),
    () => inbox.close(),
  );
  expect(await good.verify()).toEqual({ ok: true, value: undefined });
  expect(await good.send(mail())).toMatchObject({ ok: true });
  for (const outcome of [await bad.verify(), await bad.send(mail())]) {
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'MAIL_LOGIN_REJECTED' } });
    expect(JSON.stringify(outcome)).not.toContain('wrong@/word');
    expect(JSON.stringify(outcome)).toContain('[redacted]');
  }
});

test('a server that is not there, or says nothing, is unavailable', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo; // A TCP server that listens has an AddressInfo.
  const timeouts = { connectMs: 100, idleMs: 100, totalMs: 200 };
  const transport = createMailTransport({ url: `smtp://127.0.0.1:${port}`, from: FROM, timeouts });
  expect(await transport.send(mail())).toMatchObject({ ok: false, fault: { code: 'MAIL_UNAVAILABLE' } });
  expect(await transport.verify()).toMatchObject({ ok: false, fault: { code: 'MAIL_UNAVAILABLE' } });
  sockets.forEach((socket) => socket.destroy());
  await new Promise((resolve) => silent.close(resolve));
  expect(await transport.send(mail())).toMatchObject({ ok: false, fault: { code: 'MAIL_UNAVAILABLE' } });
});

test.each(['', 'Brazier', 'a@example.com, b@example.com', 'brazier@'])('%j is no sender', (from) => {
  expect(() => createMailTransport({ url: 'smtp://127.0.0.1', from })).toThrow(SenderAddressError);
});
