import { Pool } from 'undici';
import { redact } from '../../domain/redact';
import { type BrazeReply, exchange } from './connection-exchange';

export { type BrazeReply } from './connection-exchange';

/** One request; the body is JSON, already written out. */
export interface BrazeRequest {
  method: 'GET' | 'POST';
  /** Path and query, beginning with a slash. */
  path: string;
  body?: string | Buffer | undefined;
}

/** How to reach one Braze workspace. */
export interface BrazeConnectionOptions {
  /** An origin that was found allowed: this connection sends the key there without asking again. */
  endpoint: string;
  key: string;
  connections: number;
  /** From the call to the last byte of the answer; then the outcome is unknown. */
  requestTimeoutMs: number;
  /** `partner-Organisation-Product/Version`. https://www.braze.com/docs/partners/isv_partners/api_partner/ (read 2026-11-21) */
  userAgent: string;
}

/** Requests to one workspace over a bounded number of connections. */
export interface BrazeConnection {
  request(request: BrazeRequest): Promise<BrazeReply>;
  /** Ends idle connections and waits for what is in flight. */
  close(): Promise<void>;
}

/** Bigger answers than this are no answers: 50 exported profiles stay well below. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

/** Opens a pool that speaks HTTP/1.1, one request at a time per connection: posts must never be pipelined. */
export function createBrazeConnection(options: BrazeConnectionOptions): BrazeConnection {
  const { endpoint, key, connections, requestTimeoutMs, userAgent } = options;
  const pool = new Pool(endpoint, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, requestTimeoutMs) },
    // The client's own clocks measure single waits; the exchange's measures the whole.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_RESPONSE_BYTES,
  });
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'user-agent': userAgent,
  };

  return {
    request({ method, path, body = null }) {
      const replied = exchange(pool, { method, path, body, headers }, requestTimeoutMs);
      return replied.then((reply) => withoutKey(reply, key));
    },
    close: () => pool.close(),
  };
}

/** Every spelling of the key is looked for only where one can be expected: a plain search is all that a good answer costs. */
function withoutKey(reply: BrazeReply, key: string): BrazeReply {
  if (reply.kind !== 'answer') return { ...reply, reason: redact(reply.reason, [key]) };
  if (reply.status < 400 && !reply.body.includes(key)) return reply;
  return { ...reply, body: redact(reply.body, [key]) };
}
