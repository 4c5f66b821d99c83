import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { EmbeddedServerError } from './embedded-server-error';
import { acceptsConnections, freePort } from './ports';
import { canEnter, postgresPrograms, type ServerUser, unprivilegedUser } from './postgres-programs';
import { launchServer, type ServerProcess } from './server-process';
import { textOrAbsent } from './absent-files';

const run = promisify(execFile);

const USER = 'brazier';
const DATABASE = 'brazier';
const CONNECT_TIMEOUT_MS = 2_000;
/** After a crash the old server's children need a moment to notice it; until then their shared memory is taken. */
const START_ATTEMPTS = 20;
const START_PAUSE_MS = 250;

/** How the embedded PostgreSQL server is started. */
export interface PostgresServerOptions {
  /** Keeps data there; what lies there already is served again. */
  readonly dir: string;
  readonly port?: number | undefined;
}

/** A real PostgreSQL server of one's own, which loses nothing that it has acknowledged. */
export interface PostgresServer {
  /** Address of an empty database at first, password included. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<void>;
  readonly close: () => Promise<void>;
  /** Ends it without warning: what a crash test needs. */
  readonly kill: () => Promise<void>;
}

interface Home {
  readonly dir: string;
  readonly programs: string;
  readonly user: ServerUser | undefined;
}

/** Starts PostgreSQL on a free local port; it answers when this resolves. Root's server runs as `nobody`. */
export async function startPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const user = await unprivilegedUser();
  const home = { user, programs: await postgresPrograms(user), dir: await homeFolder(options.dir, user) };
  const password = await passwordOf(home);
  await createCluster(home);
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    try {
      const server = await launch(home, port, password);
      await createDatabase(port, password);
      return { url: urlOf(port, password, DATABASE), port, ...server };
    } catch (error) {
      const mayPass = error instanceof EmbeddedServerError && error.failure === 'exitedEarly';
      if (!mayPass || attempt === START_ATTEMPTS) throw error;
      await sleep(START_PAUSE_MS);
    }
  }
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * A folder that the server's user owns and can enter. Inside the system's temporary folder the way to it is opened (for
 * passing through only); elsewhere, as below root's home, its place is taken by one in the temporary folder.
 */
async function homeFolder(asked: string, user: ServerUser | undefined): Promise<string> {
  await mkdir(asked, { recursive: true });
  if (user === undefined) return asked;
  const temporary = await realpath(tmpdir());
  const real = await realpath(asked);
  if (!(await canEnter(dirname(real), user))) {
    if (!real.startsWith(temporary + sep)) {
      const digest = createHash('sha256').update(real).digest('hex').slice(0, 16);
      const place = join(temporary, `brazier-postgres-data-${digest}`);
      await mkdir(place, { mode: 0o700 }).catch(async (error: unknown) => {
        const { uid } = await lstat(place);
        if (uid !== 0 && uid !== user.uid) throw error;
      });
      await chown(place, user.uid, user.gid);
      return place;
    }
    await openTheWay(dirname(real), temporary);
  }
  await chown(real, user.uid, user.gid);
  await chmod(real, 0o700);
  return real;
}

async function openTheWay(folder: string, until: string): Promise<void> {
  if (folder === until) return;
  const { mode } = await lstat(folder);
  await chmod(folder, (mode & 0o7777) | 0o011);
  await openTheWay(dirname(folder), until);
}

async function passwordOf({ dir, user }: Home): Promise<string> {
  const file = join(dir, 'password');
  const kept = await textOrAbsent(file);
  if (kept !== undefined) return kept;
  const password = randomBytes(24).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  if (user !== undefined) await chown(file, user.uid, user.gid);
  return password;
}

/** Made beside its place and then moved there, so that a start which was cut short leaves no half of one. */
async function createCluster({ dir, user, programs }: Home): Promise<void> {
  const data = join(dir, 'data');
  if ((await textOrAbsent(join(data, 'PG_VERSION'))) !== undefined) return;
  const half = join(dir, 'data.new');
  await rm(half, { recursive: true, force: true });
  const args = [
    ...['--pgdata', half, '--username', USER, '--pwfile', join(dir, 'password')],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
  ];
  try {
    await run(join(programs, 'bin', 'initdb'), args, { ...user, cwd: '/' });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new EmbeddedServerError('notReady', `PostgreSQL's data folder could not be made: ${said}`);
  }
  await rename(half, data);
}

function launch({ dir, user, programs }: Home, port: number, password: string): Promise<ServerProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
  };
  return launchServer({
    name: 'The PostgreSQL server',
    command: join(programs, 'bin', 'postgres'),
    args: [
      ...['-D', join(dir, 'data'), '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    user,
    cwd: '/',
    // Ends sessions; what SIGTERM asks for waits for clients to go by themselves.
    stopSignal: 'SIGINT',
    isReady: async () => {
      if (!(await acceptsConnections(port))) return false;
      await withClient(urlOf(port, password, 'postgres'), (client) => client.query('SELECT 1'));
      return true;
    },
  });
}

async function createDatabase(port: number, password: string): Promise<void> {
  await withClient(urlOf(port, password, 'postgres'), async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
}

async function withClient(url: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that breaks while nothing is asked of it tells so by an event; the question that follows fails anyway.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await use(client);
  } finally {
    await client.end();
  }
}
