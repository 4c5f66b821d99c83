import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Where in the download of an object something happens. */
export type Moment = 'before the download' | 'in the middle of it';

/** A way to an object store at which something can be made to happen while an object is read. */
export interface S3Passage {
  url: string;
  /** Requests are passed on to this store from now on, headers and all, so that their signatures hold. */
  leadTo(endpoint: string): void;
  /** Does this once, at the next download of an object of that name; the download goes on when it is done. */
  once(name: string, moment: Moment, act: () => Promise<void>): void;
  /** From now on nobody may download objects of that name. */
  deny(name: string): void;
  /** How often something was done. */
  acts(): number;
  close(): Promise<void>;
}

/** S3's own answer: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (2026-11-22). */
const ACCESS_DENIED =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';

interface Plan {
  name: string;
  moment: Moment;
  act: () => Promise<void>;
}

/** Opens the passage on a free port. */
export async function openPassage(): Promise<S3Passage> {
  let store = '';
  let planned: Plan | undefined;
  let acts = 0;
  let denied: string | undefined;
  const due = async (moment: Moment, { method, url = '' }: IncomingMessage): Promise<void> => {
    if (planned?.moment !== moment || method !== 'GET' || !url.includes(planned.name)) return;
    const { act } = planned;
    planned = undefined;
    await act();
    acts += 1;
  };
  const pass = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (denied !== undefined && req.method === 'GET' && req.url?.includes(`/${denied}`) === true) {
      res.writeHead(403, { 'content-type': 'application/xml' }).end(ACCESS_DENIED);
      return;
    }
    await due('before the download', req);
    const answer = await ask(store, req);
    const body = await buffer(answer);
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    res.write(body.subarray(0, body.length >> 1));
    await due('in the middle of it', req);
    res.end(body.subarray(body.length >> 1));
  };
  const server = createServer((req, res) => {
    pass(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo: (endpoint) => (store = endpoint),
    once: (name, moment, act) => (planned = { name, moment, act }),
    deny: (name) => (denied = name),
    acts: () => acts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function ask(store: string, req: IncomingMessage): Promise<IncomingMessage> {
  const { method = 'GET', url = '/', headers } = req;
  return new Promise((resolve, reject) => {
    req.pipe(request(new URL(url, store), { method, headers }, resolve).once('error', reject));
  });
}
