import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import { startMailbox } from './mailbox';

async function firstMails(webUrl: string): Promise<unknown> {
  for (;;) {
    const mails: unknown = await (await fetch(`${webUrl}/email`)).json();
    if (!Array.isArray(mails) || mails.length > 0) return mails;
    await sleep(20);
  }
}

test('a mail that was sent can be read as JSON, and the page is there', async () => {
  const mailbox = await startMailbox();
  try {
    await createTransport(mailbox.smtpUrl).sendMail({
      from: 'brazier@example.com',
      to: 'operator@example.com',
      subject: 'Profiles updated',
      text: 'All of them.',
    });
    expect(await firstMails(mailbox.webUrl)).toMatchObject([
      { subject: 'Profiles updated', to: [{ address: 'operator@example.com' }] },
    ]);
    await expect((await fetch(mailbox.webUrl)).text()).resolves.toContain('<html');
  } finally {
    await mailbox.close();
  }
  await expect(fetch(mailbox.webUrl)).rejects.toThrow();
});
