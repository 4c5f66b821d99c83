import { type BrazeConnection, type BrazeReply } from '../adapters/braze/connection';
import { type RequestBudget } from '../adapters/braze/budget';
import { type BrazeConnectionOpener } from '../adapters/braze/connection-opener';
import { type MailTransport } from '../adapters/email/transport';
import { type ActivityScopes } from './activity-scope';
import { type WorkerMetrics } from './metrics';

/** The opener whose connections count what they send; the ports themselves know of no figures. */
export function observeOpener(
  open: BrazeConnectionOpener,
  metrics: WorkerMetrics,
  scopes: ActivityScopes,
): BrazeConnectionOpener {
  return async (settings) => {
    const opened = await open(settings);
    if (!opened.ok) return opened;
    return { ok: true, value: observeConnection(opened.value, metrics, scopes) };
  };
}

function observeConnection(
  connection: BrazeConnection,
  metrics: WorkerMetrics,
  scopes: ActivityScopes,
): BrazeConnection {
  return {
    async request(request) {
      const integration = scopes.getStore()?.integration ?? '';
      const endpoint = endpointOf(request.path);
      const startedAt = performance.now();
      let reply: BrazeReply | undefined;
      metrics.requestBegun();
      try {
        reply = await connection.request(request);
        return reply;
      } finally {
        const seconds = (performance.now() - startedAt) / 1_000;
        metrics.requestEnded({ integration, endpoint, status: statusOf(reply), seconds });
      }
    },
    close: () => connection.close(),
  };
}

/** The path without its query, which may hold names. */
function endpointOf(path: string): string {
  return path.split('?', 1)[0] ?? '';
}

function statusOf(reply: BrazeReply | undefined): number | 'notSent' | 'lost' {
  if (reply === undefined) return 'lost';
  return reply.kind === 'answer' ? reply.status : reply.kind;
}

/** The budget whose waits are timed; leave that is given at once costs nothing more. */
export function observeBudget(
  budget: RequestBudget,
  name: 'track' | 'readBack',
  metrics: WorkerMetrics,
): RequestBudget {
  return {
    take(signal) {
      const turn = budget.take(signal);
      if (turn === undefined) return undefined;
      const startedAt = performance.now();
      return turn.finally(() => metrics.budgetWaited(name, (performance.now() - startedAt) / 1_000));
    },
    release: () => budget.release(),
    observe: (status, headers) => budget.observe(status, headers),
  };
}

/** The transport that counts mails and their recipients, never whom they are for. */
export function observeTransport(transport: MailTransport, metrics: WorkerMetrics): MailTransport {
  return {
    domain: transport.domain,
    async send(mail) {
      const outcome = await transport.send(mail);
      metrics.mailEnded(outcome.ok ? 'sent' : outcome.fault.code);
      if (!outcome.ok) return outcome;
      const { accepted, refused } = outcome.value;
      const permanent = refused.filter((one) => one.permanent).length;
      metrics.mailRecipient('accepted', accepted.length);
      metrics.mailRecipient('refused', permanent);
      metrics.mailRecipient('deferred', refused.length - permanent);
      return outcome;
    },
    verify: () => transport.verify(),
    close: () => transport.close(),
  };
}

/** An activity that, once it has completed, is noted with what it was given and what it answered. */
export function noting<I, R>(
  activity: (input: I) => Promise<R>,
  note: (input: I, result: R) => void,
): (input: I) => Promise<R> {
  return async (input) => {
    const result = await activity(input);
    note(input, result);
    return result;
  };
}
