import { type AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** How the server answers a conversation; a function may throw an error with `responseCode`. */
export interface InboxBehaviour {
  onRecipient?: (address: string) => void;
  onMessage?: () => void;
  login?: { user: string; password: string };
}

/** What one SMTP transaction delivered. */
export interface Delivery {
  recipients: string[];
  mail: ParsedMail;
}

/** A real SMTP server in this process that keeps what it is given. */
export interface SmtpInbox {
  url: string;
  deliveries: Delivery[];
  close(): Promise<void>;
}

/** An error that the server answers with this SMTP code. */
export function smtpReply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** Starts an inbox on a free port. */
export async function startSmtpInbox(behaviour: InboxBehaviour = {}): Promise<SmtpInbox> {
  const deliveries: Delivery[] = [];
  const { login } = behaviour;
  const server = new SMTPServer({
    authOptional: login === undefined,
    disabledCommands: ['STARTTLS', ...(login === undefined ? ['AUTH'] : [])],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(smtpReply(535, `no login for ${username ?? ''} with ${password ?? ''}`));
    },
    onRcptTo: ({ address }, _session, done) => done(thrownBy(() => behaviour.onRecipient?.(address))),
    onData: (stream, session, done) => {
      const keep = async (): Promise<void> => {
        const mail = await simpleParser(stream);
        deliveries.push({ recipients: session.envelope.rcptTo.map(({ address }) => address), mail });
        behaviour.onMessage?.();
      };
      keep().then(() => done(), done);
    },
  });
  const listener = server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as AddressInfo; // A TCP server that listens has an AddressInfo.
  const account = login === undefined ? '' : `${login.user}:${encodeURIComponent(login.password)}@`;
  return {
    url: `smtp://${account}127.0.0.1:${port}`,
    deliveries,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function thrownBy(work: () => void): Error | null {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
