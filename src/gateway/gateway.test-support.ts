import pino from 'pino';
import { Client } from 'undici';
import { type ActivationBook, createActivationBook } from './api/activation-book.test-support';
import { type ApiCaller } from './api/callers';
import { createRunBook, type RunBook } from './run-book.test-support';
import { createGateway, type GatewayOptions } from './server';
import { createFakeSns, TOPIC, type FakeSns } from './sns/fake-sns.test-support';

/** A gateway on a real port, with runs in memory and everything it logged. */
export interface TestGateway {
  runs: RunBook;
  activations: ActivationBook;
  http: Client;
  port: number;
  log: string[];
  clock: { nowMs: number };
  sns: FakeSns;
  close(): Promise<void>;
}

/** Secrets of the test gateway. */
export const TEST_SECRETS = {
  link: 'l'.repeat(40),
  hook: 'hook-token-for-tests',
  mailgun: 'mailgun-key-for-tests',
};

/** Callers of the test gateway's API: one for everything, and one for each permission. */
export const TEST_CALLERS: readonly ApiCaller[] = [
  { name: 'crm', key: 'c'.repeat(40), permissions: ['start', 'decide', 'read'] },
  { name: 'starter', key: 's'.repeat(40), permissions: ['start'] },
  { name: 'decider', key: 'd'.repeat(40), permissions: ['decide'] },
  { name: 'reader', key: 'r'.repeat(40), permissions: ['read'] },
];

/** Starts a gateway on a free port, with every hook on unless told otherwise. */
export async function startTestGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const clock = { nowMs: Date.UTC(2026, 10, 21) };
  const log: string[] = [];
  const runs = createRunBook(() => clock.nowMs);
  const sns = createFakeSns(() => clock.nowMs);
  const activations = createActivationBook();
  const app = createGateway({
    runs,
    activations,
    apiCallers: TEST_CALLERS,
    streaming: undefined,
    eventSources: [],
    capture: undefined,
    linkSecret: TEST_SECRETS.link,
    hookToken: TEST_SECRETS.hook,
    mailgunSigningKey: TEST_SECRETS.mailgun,
    mailgunMarksMail: true,
    snsTopicArns: [TOPIC],
    fetchText: sns.fetchText,
    logger: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }),
    now: () => clock.nowMs,
    ...options,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const http = new Client(url);
  const close = async (): Promise<void> => {
    await http.close();
    await app.close();
  };
  return { runs, activations, http, port: Number(new URL(url).port), log, clock, sns, close };
}
