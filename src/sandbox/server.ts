import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerBraze } from './braze-door';
import { answerControl, CONTROL_PREFIX } from './control-door';
import { sendJson } from './exchange';
import { type SandboxOptions } from './settings';
import { SnapshotKeeper } from './snapshot-keeper';
import { loadWorkspace } from './snapshot';
import { type Workspace } from './workspace';

const SNAPSHOT_EVERY_MS = 5000;
/** Longer than clients keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_MS = 65_000;

/** A running sandbox. */
export interface Sandbox {
  url: string;
  port: number;
  workspace: Workspace;
  /** Ends open requests, applies what waits, and saves the state. */
  close: () => Promise<void>;
}

/** Starts a Braze workspace on this machine, on a free port unless one is named. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const workspace = await loadWorkspace(options);
  const server = createServer((req, res) => {
    answer(workspace, options, req, res).catch((error: unknown) => fail(res, error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host, options.port ?? 0);
  const keeper =
    options.statePath === undefined
      ? undefined
      : new SnapshotKeeper(
          workspace,
          options.statePath,
          options.snapshotEveryMs ?? SNAPSHOT_EVERY_MS,
          report,
        );
  const close = async (): Promise<void> => {
    await stop(server);
    workspace.pending.flush();
    await keeper?.close();
  };
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    workspace,
    close: () => (closing ??= close()),
  };
}

async function answer(
  workspace: Workspace,
  options: SandboxOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (req.url?.startsWith(CONTROL_PREFIX) === true)
    await answerControl(workspace, options.controlToken, req, res);
  else await answerBraze(workspace, req, res);
}

function fail(res: ServerResponse, error: unknown): void {
  report(error);
  if (res.headersSent) res.destroy();
  else sendJson(res, 500, { message: 'The sandbox itself failed; its log says why' });
}

function report(error: unknown): void {
  process.stderr.write(
    `sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
