import { setTimeout as sleep } from 'node:timers/promises';
import { expectDescribed, type SeenAnswer } from './described-answer';
import { setUp, startTestStack, type TestStack } from './test-stack';

/** Callers that may do one thing each; without a name the caller may do everything. */
const KEYS = {
  reader: 'r'.repeat(40),
  starter: 's'.repeat(40),
  decider: 'd'.repeat(40),
  viewer: 'v'.repeat(40),
  web: 'w'.repeat(40),
  nobody: 'n'.repeat(40),
} as const;
const API_KEYS = [
  'dev=env:BRAZIER_DEV_API_KEY',
  'reader:read=env:READER_KEY',
  'starter:start=env:STARTER_KEY',
  'decider:decide=env:DECIDER_KEY',
  'viewer:people=env:VIEWER_KEY',
].join(',');

/** An answer of the gateway. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
  location: string | null;
}

/** A request beyond its address. */
export interface Call {
  /** A text is sent as it is. */
  body?: unknown;
  as?: keyof typeof KEYS;
  /** Of idempotency. */
  key?: string;
  /** The address as the description spells it, where that is another. */
  described?: string;
}

/** A stack whose gateway has callers of every kind, and what tests ask of it. */
export interface HttpStack {
  stack: TestStack;
  get(path: string, more?: Call): Promise<Answer>;
  post(path: string, body?: unknown, more?: Call): Promise<Answer>;
  /** Waits for the end of what a start has started. */
  ended(started: Answer, described: string): Promise<Record<string, unknown>>;
  /** Holds every answer so far against the gateway's own description. */
  expectDescribed(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it, with the integration `shop`. */
export async function startHttpStack(): Promise<HttpStack> {
  const stack = await startTestStack({
    sandbox: { applyLagMs: 50 },
    env: {
      BRAZIER_API_KEYS: API_KEYS,
      READER_KEY: KEYS.reader,
      STARTER_KEY: KEYS.starter,
      DECIDER_KEY: KEYS.decider,
      VIEWER_KEY: KEYS.viewer,
      BRAZIER_EVENT_SOURCES: 'web:shop=env:WEB_KEY',
      WEB_KEY: KEYS.web,
    },
  });
  await setUp(stack, 'shop');
  const seen: SeenAnswer[] = [];
  const call = async (method: 'get' | 'post', path: string, more: Call): Promise<Answer> => {
    const { body, as, key, described = path.replace(/\?.*/, '') } = more;
    const caller = as === undefined ? (stack.stack.env['BRAZIER_DEV_API_KEY'] ?? '') : KEYS[as];
    const reply = await fetch(`${stack.stack.gatewayUrl}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${caller}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const answer = (await reply.json()) as Record<string, unknown>;
    seen.push({ method, path: described, status: reply.status, body: answer });
    return { status: reply.status, body: answer, location: reply.headers.get('location') };
  };
  const get: HttpStack['get'] = (path, more = {}) => call('get', path, more);
  return {
    stack,
    get,
    post: (path, body, more = {}) => call('post', path, { ...more, body }),
    async ended(started, described) {
      expect(started).toMatchObject({ status: 202, location: expect.stringContaining('/v1/') });
      const path = (started.location ?? '').slice('/v1'.length);
      for (;;) {
        const { status, body } = await get(path, { described });
        expect(status).toBe(200);
        if (body['ended'] === true) return body;
        await sleep(200);
      }
    },
    async expectDescribed() {
      const document: unknown = await (await fetch(`${stack.stack.gatewayUrl}/v1/openapi.json`)).json();
      await expectDescribed(document, seen);
    },
    close: () => stack.close(),
  };
}
