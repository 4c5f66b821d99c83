import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

test('a folder of the caller’s own holds the mails, those of a killed mailbox are gone from it, and it goes with the mailbox', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'brazier-mailbox-test-'));
  const dir = join(parent, 'mailbox');
  const left = await startMailbox({ dir });
  await writeFile(join(dir, 'left.eml'), 'Subject: left\n\nover');
  process.kill(left.pid, 'SIGKILL');
  await left.ended;
  const mailbox = await startMailbox({ dir });
  try {
    expect(await (await fetch(`${mailbox.webUrl}/email`)).json()).toEqual([]);
    await createTransport(mailbox.smtpUrl).sendMail({
      from: 'brazier@example.com',
      to: 'operator@example.com',
      subject: 'Kept here',
      text: 'x',
    });
    await firstMails(mailbox.webUrl);
    expect((await readdir(dir)).some((name) => name.endsWith('.eml'))).toBe(true);
  } finally {
    await mailbox.close();
  }
  expect(await readdir(parent)).toEqual([]);
  await rm(parent, { recursive: true });
});
