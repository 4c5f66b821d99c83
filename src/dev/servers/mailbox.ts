import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceptsConnections, freePorts } from './ports';
import { launchServer, retryOnLostPort } from './server-process';

/** Where the mailbox listens (free ports by default) and keeps its mails while it runs. */
export interface MailboxOptions {
  /** Taken for its own, and removed when it is closed; a new temporary folder by default. */
  readonly dir?: string | undefined;
  readonly smtpPort?: number | undefined;
  readonly webPort?: number | undefined;
}

/**
 * An SMTP server that delivers nothing and shows everything: as a web page, and as JSON at `/email`. A mail appears
 * there a moment after it was accepted.
 */
export interface Mailbox {
  readonly smtpUrl: string;
  readonly webUrl: string;
  readonly pid: number;
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts MailDev on local ports. Its mails are gone when it is closed. */
export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'brazier-mailbox-')));
  const removeMails = (): Promise<void> => rm(dir, { recursive: true, force: true });
  if (options.dir !== undefined) {
    // A mailbox that was killed has left its mails there.
    await removeMails();
    await mkdir(dir, { recursive: true });
  }
  return retryOnLostPort(async () => {
    const [freeSmtpPort = 0, freeWebPort = 0] = await freePorts(2);
    const smtpPort = options.smtpPort ?? freeSmtpPort;
    const webPort = options.webPort ?? freeWebPort;
    const webUrl = `http://127.0.0.1:${webPort}`;
    const server = await launchServer({
      name: 'The mailbox',
      command: process.execPath,
      args: [
        ...[require.resolve('maildev/bin/maildev'), '--silent', '--ip', '127.0.0.1', '--mail-directory', dir],
        ...['--smtp', String(smtpPort), '--web', String(webPort)],
      ],
      isReady: async () => (await acceptsConnections(smtpPort)) && (await fetch(`${webUrl}/healthz`)).ok,
    });
    const close = async (): Promise<void> => {
      await server.close();
      await removeMails();
    };
    const { pid, ended } = server;
    return { smtpUrl: `smtp://127.0.0.1:${smtpPort}`, webUrl, pid, ended, close };
  }).catch(async (error: unknown) => {
    await removeMails();
    throw error;
  });
}
