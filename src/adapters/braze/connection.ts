import { Pool } from 'undici';
import { z } from 'zod';
import { type RateSignal, type ReplyHeaders, readRateSignal } from '../../domain/rate-signal';
import { redact } from '../secrets/redact';

/** One request; the body is JSON, already written out. */
export interface BrazeRequest {
  method: 'GET' | 'POST';
  /** Path and query, beginning with a slash. */
  path: string;
  body?: string | Buffer | undefined;
}

/**
 * What came of a request. `notSent`: nothing can have reached Braze. `lost`: it may have been applied, nobody can say.
 */
export type BrazeReply =
  | { kind: 'answer'; status: number; headers: ReplyHeaders; body: string }
  | { kind: 'notSent'; reason: string }
  | { kind: 'lost'; reason: string };

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
    // One clock per request instead of undici's own two, which measure single waits and not the whole.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_RESPONSE_BYTES,
  });
  const secrets = [key];
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'user-agent': userAgent,
  };

  return {
    async request({ method, path, body }) {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), requestTimeoutMs);
      try {
        const reply = await pool.request({
          method,
          path,
          body: body ?? null,
          headers,
          signal: deadline.signal,
        });
        const text = await reply.body.text();
        return {
          kind: 'answer',
          status: reply.statusCode,
          headers: reply.headers,
          body: text.includes(key) || reply.statusCode === 401 ? redact(text, secrets) : text,
        };
      } catch (error) {
        if (deadline.signal.aborted)
          return { kind: 'lost', reason: `no whole answer in ${requestTimeoutMs} ms` };
        return { kind: neverLeft(error) ? 'notSent' : 'lost', reason: redact(describe(error), secrets) };
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.close(),
  };
}

/** What a reply says about the pace that Braze wants. */
export function rateSignal(headers: ReplyHeaders, status: number, nowMs: number): RateSignal {
  return readRateSignal(headers, status, nowMs);
}

const systemErrorSchema = z.object({
  code: z.string().catch(''),
  syscall: z.string().catch(''),
  message: z.string().catch(''),
});
const BEFORE_SENDING = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_CLOSED',
  'UND_ERR_INVALID_ARG',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const CERTIFICATE = /^(ERR_TLS_CERT|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;

/** True only where the failure itself proves that no byte of the request left; any doubt counts as sent. */
function neverLeft(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverLeft);
  const { code, syscall } = read(error);
  return syscall === 'connect' || BEFORE_SENDING.has(code) || CERTIFICATE.test(code);
}

function describe(error: unknown): string {
  const { code, message } = read(error instanceof AggregateError ? error.errors[0] : error);
  return code === '' || message.includes(code) ? message : `${code}: ${message}`;
}

function read(error: unknown): z.infer<typeof systemErrorSchema> {
  const parsed = systemErrorSchema.safeParse(error);
  return parsed.success ? parsed.data : { code: '', syscall: '', message: 'unknown failure' };
}
