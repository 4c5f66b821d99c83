import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { requireServer } from './locate';
import { freePort } from './ports';
import { launchServer, retryOnLostPort } from './server-process';

/** What the embedded S3 server serves, and to whom. */
export interface S3ServerOptions {
  /** Each folder in it is a bucket, each file an object. What other programs write there later may stay unseen. */
  readonly dir: string;
  readonly port?: number | undefined;
  readonly accessKeyId: string;
  /** Without a comma, which rclone can't take. */
  readonly secretAccessKey: string;
  /** Made if they are not there. Names have three characters or more. */
  readonly buckets?: readonly string[] | undefined;
}

/**
 * An S3 server of one's own. It checks signatures; it ignores If-Match and If-None-Match; its ETags are without
 * quotation marks in a listing and with them everywhere else.
 */
export interface S3Server {
  readonly endpoint: string;
  readonly pid: number;
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<void>;
  readonly close: () => Promise<void>;
  /** Ends it without warning: what a crash test needs. */
  readonly kill: () => Promise<void>;
}

const ARGUMENTS = [
  ...['serve', 's3', '--vfs-cache-mode', 'off'],
  // No configuration file of the person who runs this.
  ...['--config', ''],
  // This server is the only writer, so what it knows of its directories stays true. Read anew they would cost more than
  // time: ETags are MD5 sums that go with them, and every request for an object would read the whole of it again
  // (seconds per gigabyte; with no caching at all a thousand small writes took over a minute).
  ...['--dir-cache-time', '8760h', '--poll-interval', '0s'],
];

const csvField = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** Starts rclone's S3 server over a folder. A request signed with any other key or secret is refused with 403. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const command = await requireServer('rclone');
  for (const bucket of options.buckets ?? []) await mkdir(join(options.dir, bucket), { recursive: true });
  return retryOnLostPort(async () => {
    const port = options.port ?? (await freePort());
    const endpoint = `http://127.0.0.1:${port}`;
    const server = await launchServer({
      name: 'The S3 server',
      command,
      args: [...ARGUMENTS, '--addr', `127.0.0.1:${port}`, options.dir],
      // By environment, because arguments can be read by every user of the machine. rclone reads the value as one CSV row.
      env: { RCLONE_AUTH_KEY: csvField(`${options.accessKeyId},${options.secretAccessKey}`) },
      // An unsigned request is refused, which is an answer.
      isReady: async () => (await fetch(endpoint)).status >= 200,
    });
    return { endpoint, ...server };
  });
}
