import { Client } from 'pg';
import { type ShardKey } from '../../contract/stream';
import { endConnection } from './end-connection';
import { LOG_CHANNEL, readNotice } from './log-notice';

/** Tells shards that something was written to their logs. */
export interface LogListener {
  /** Calls back at each writing; answers how to stop. */
  listen(key: ShardKey, wake: () => void): () => void;
  /** Waits for the server for a moment only: it may have gone, and the process is to end. */
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * One connection that listens for all shards of this process. What is missed while it is down costs nobody more than a poll:
 * notifications only make shards quicker.
 */
export function createLogListener(url: string): LogListener {
  const wakes = new Map<string, Set<() => void>>();
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const connect = async () => {
    const fresh = new Client({
      connectionString: url,
      application_name: 'brazier log',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    client = fresh;
    fresh.on('error', () => again(fresh));
    fresh.on('end', () => again(fresh));
    fresh.on('notification', ({ payload = '' }) => wakeAll(wakes, payload));
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${LOG_CHANNEL}`);
    } catch {
      again(fresh);
    }
  };
  const again = (broken: Client) => {
    if (client !== broken) return;
    client = undefined;
    void endConnection(broken);
    if (!isClosed) timer = setTimeout(() => void connect(), RECONNECT_MS);
  };
  void connect();

  return {
    listen(key, wake) {
      const name = nameOf(key);
      const listening = wakes.get(name) ?? new Set();
      wakes.set(name, listening.add(wake));
      return () => {
        listening.delete(wake);
        if (listening.size === 0) wakes.delete(name);
      };
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      const open = client;
      client = undefined;
      if (open !== undefined) await endConnection(open);
    },
  };
}

function nameOf({ integration, layout, shard }: ShardKey): string {
  return `${integration}/${layout}/${shard}`;
}

function wakeAll(wakes: ReadonlyMap<string, ReadonlySet<() => void>>, payload: string): void {
  const told = readNotice(payload);
  if (told === undefined) return;
  for (const shard of told.shards) for (const wake of wakes.get(nameOf({ ...told, shard })) ?? []) wake();
}
