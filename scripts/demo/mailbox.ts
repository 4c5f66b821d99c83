import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A mail as the mailbox shows it. */
export interface ArrivedMail {
  subject: string;
  text: string;
}

const mailsSchema = z.array(z.object({ subject: z.string(), text: z.string().default('') }));
const PATIENCE_MS = 60_000;

/** Waits for a mail that really arrived over SMTP. */
export async function awaitMail(
  webUrl: string,
  wanted: (mail: ArrivedMail) => boolean,
): Promise<ArrivedMail> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const answer = await fetch(`${webUrl}/email`);
    const mail = mailsSchema.parse(await answer.json()).findLast(wanted);
    if (mail) return mail;
    await sleep(300);
  }
  throw new Error('the mail that was waited for did not arrive within a minute');
}

const LINK = /https?:\/\/\S+\/confirm\/[\w.-]+/;

/** Waits for a mail with a confirmation link that was not pressed yet, and for its link. */
export async function awaitLink(
  webUrl: string,
  pressed: ReadonlySet<string>,
): Promise<ArrivedMail & { link: string }> {
  const linkIn = ({ text }: ArrivedMail) => LINK.exec(text)?.[0];
  const mail = await awaitMail(webUrl, (candidate) => {
    const link = linkIn(candidate);
    return link !== undefined && !pressed.has(link);
  });
  return { ...mail, link: linkIn(mail) ?? '' };
}

/** Opens the page as a person would, then presses *right*. */
export async function pressRight(link: string): Promise<void> {
  const page = await fetch(link);
  if (!page.ok) throw new Error(`the confirmation page answered ${page.status}`);
  const pressed = await fetch(link, { method: 'POST', body: new URLSearchParams({ answer: 'right' }) });
  if (!pressed.ok) throw new Error(`the button answered ${pressed.status}`);
}
