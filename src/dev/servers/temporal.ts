import { Connection } from '@temporalio/client';
import { requireServer } from './locate';
import { acceptsConnections, freePorts } from './ports';
import { launchServer, retryOnLostPort } from './server-process';

const CONNECT_TIMEOUT_MS = 5_000;

/** Types of search attributes, in the spelling of Temporal's command line. */
export type SearchAttributeTypeName =
  'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

/** How the embedded Temporal server is started; everything has a default. */
export interface TemporalServerOptions {
  /** Keeps workflows in this SQLite file; without it they are gone when the server ends. */
  readonly stateFile?: string | undefined;
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  /** Serves the server's own Prometheus metrics there; without it nothing does. */
  readonly metricsPort?: number | undefined;
  readonly namespace?: string | undefined;
  readonly searchAttributes?: Readonly<Record<string, SearchAttributeTypeName>> | undefined;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'never' | undefined;
  readonly dynamicConfig?: Readonly<Record<string, unknown>> | undefined;
}

/** A real Temporal server of one's own, with its Web UI. */
export interface TemporalServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  readonly pid: number;
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<void>;
  readonly close: () => Promise<void>;
  /** Ends it without warning: what a crash test needs. */
  readonly kill: () => Promise<void>;
}

interface Place {
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
}

function serverArguments(options: TemporalServerOptions, { port, uiPort, namespace }: Place): string[] {
  const attributes = Object.entries(options.searchAttributes ?? {});
  const settings = Object.entries(options.dynamicConfig ?? {});
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
    ...['--ui-disable-news-fetch', '--namespace', namespace, '--log-level', options.logLevel ?? 'error'],
    ...(options.stateFile === undefined ? [] : ['--db-filename', options.stateFile]),
    ...(options.metricsPort === undefined ? [] : ['--metrics-port', String(options.metricsPort)]),
    ...attributes.flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...settings.flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${JSON.stringify(value)}`]),
  ];
}

async function servesNamespace(address: string, namespace: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } finally {
    await connection.close();
  }
}

async function serves(port: number, uiUrl: string, address: string, namespace: string): Promise<boolean> {
  // A gRPC client that was refused once waits a second before it tries again.
  if (!(await acceptsConnections(port))) return false;
  return (await fetch(uiUrl)).ok && (await servesNamespace(address, namespace));
}

/** Starts a Temporal dev server on free local ports; it answers, its namespace and its UI too, when this resolves. */
export async function startTemporalServer(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const command = await requireServer('temporal');
  const namespace = options.namespace ?? 'default';
  return retryOnLostPort(async () => {
    const [freePort = 0, freeUiPort = 0] = await freePorts(2);
    const place = { port: options.port ?? freePort, uiPort: options.uiPort ?? freeUiPort, namespace };
    const address = `127.0.0.1:${place.port}`;
    const uiUrl = `http://127.0.0.1:${place.uiPort}`;
    const server = await launchServer({
      name: 'The Temporal server',
      command,
      args: serverArguments(options, place),
      isReady: () => serves(place.port, uiUrl, address, namespace),
    });
    return { address, uiUrl, namespace, ...server };
  });
}
