import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { type ActivationRuns } from './api/activation-runs';
import { refuse } from './api/answers';
import { type ApiCaller } from './api/callers';
import { apiRoutes } from './api/routes';
import { type StreamServices } from './api/streaming';
import { type Fault } from '../contract/errors';
import { type Capture } from './events/capture';
import { eventRoutes } from './events/routes';
import { type EventSource } from './events/sources';
import { faultPage, notFoundPage, rootPage } from './confirmation-pages';
import { statusOfError, UNREADABLE_REQUEST } from './hook-replies';
import { createPageRenderer, SECURITY_HEADERS, type Page } from './page';
import { answerRequestIds, requestIdOf } from './request-ids';
import { nameOfError, placeOfError } from './request-error';
import { confirmAnswerRoute } from './routes/confirm-answer';
import { confirmPageRoute } from './routes/confirm-page';
import { healthRoute } from './routes/health';
import { mailHookRoute } from './routes/mail-hook';
import { mailgunHookRoute } from './routes/mailgun-hook';
import { sesHookRoute } from './routes/ses-hook';
import { type ConfirmationRuns } from './runs';
import { type FetchText } from './sns/certificates';

/** What the gateway works with. */
export interface GatewayOptions {
  runs: ConfirmationRuns;
  /** Signs confirmation links; at least 32 characters. */
  linkSecret: string;
  /** What the caller of the mail hook has to know; blank where that hook is off. */
  hookToken: string;
  /** Mailgun's webhook signing key; blank where its hook is off. */
  mailgunSigningKey: string;
  /** Whether Mailgun's spam filter marks mails, so that what it reports of senders is its own. */
  mailgunMarksMail: boolean;
  /** SNS topics whose messages the hook for Amazon SES takes; empty where it is off. */
  snsTopicArns: readonly string[];
  /** Reads a small text from SNS. */
  fetchText: FetchText;
  activations: ActivationRuns;
  /** The streaming half of the HTTP API; absent where the deployment has no database. */
  streaming: StreamServices | undefined;
  /** Whoever holds a key of the HTTP API; with nobody the API is off. */
  apiCallers: readonly ApiCaller[];
  /** Whoever posts events; with nobody nothing is captured. */
  eventSources: readonly EventSource[];
  /** Takes events into the log; absent where the deployment has no database. */
  capture: Capture | undefined;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A link carries its claims in the path: longer than Fastify's default of 100 characters, shorter than a request line. */
const MAX_TOKEN_LENGTH = 6000;
const MAX_BODY_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

/** Asked every few seconds; a log of them hides the others. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
const UNREADABLE_ADDRESS: Fault = { code: 'INPUT_INVALID', message: 'The address cannot be decoded.' };

/** Makes the HTTP door, not yet listening. Nothing is kept in it: any number of gateways run side by side. */
export function createGateway(options: GatewayOptions): FastifyInstance {
  const render = createPageRenderer();
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_TOKEN_LENGTH },
    // Fastify's own log lines carry the URL, which carries the token; ours name the route.
    logger: false,
    genReqId: (request) => requestIdOf(request.headers),
    // An address that can't be decoded reaches no route; Fastify's own answer would repeat it.
    frameworkErrors: (_error, _request, reply) => void refuse(reply, UNREADABLE_ADDRESS),
    clientErrorHandler: (_error, socket) => {
      if (socket.writable)
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    },
  });
  parseBodies(app);
  answerRequestIds(app);
  app.decorateRequest('withheld', undefined);
  app.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
  app.addHook('onResponse', async (request, reply) => {
    const level = isRoutine(request, reply) ? 'debug' : 'info';
    options.logger[level](requestFields(request, reply), 'request');
  });
  app.setErrorHandler((error, request, reply) =>
    failed(error, request, reply, { render, logger: options.logger }),
  );
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type('text/html; charset=utf-8').send(render(notFoundPage())),
  );
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(render(rootPage())));
  healthRoute(app);
  confirmPageRoute(app, { ...options, render });
  confirmAnswerRoute(app, { ...options, render });
  mailHookRoute(app, options);
  mailgunHookRoute(app, options);
  sesHookRoute(app, options);
  apiRoutes(app, options);
  eventRoutes(app, options);
  return app;
}

/** Forms of the confirmation page, and mails as they travel. JSON is Fastify's own; plain text is nothing we take. */
function parseBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body.toString())));
    },
  );
  app.addContentTypeParser('message/rfc822', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
}

function isRoutine(
  { routeOptions: { url = '', config } }: FastifyRequest,
  { statusCode }: FastifyReply,
): boolean {
  return PROBES.has(url) || (config.isCountedOnceTaken === true && statusCode === 202);
}

function requestFields(request: FastifyRequest, reply: FastifyReply): Record<string, string | number> {
  return {
    requestId: request.id,
    ...request.touchedRun,
    ...(request.withheld === undefined ? {} : { reason: request.withheld }),
    ...(request.apiCaller === '' ? {} : { caller: request.apiCaller }),
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
  };
}

function failed(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { render, logger }: { render: (page: Page) => string; logger: Logger },
): FastifyReply {
  const status = statusOfError(error);
  // Only the kind of error: a message may repeat a body or an address.
  if (status >= 500)
    logger.error(
      { ...requestFields(request, reply), error: nameOfError(error), at: placeOfError(error) },
      'request failed',
    );
  const fault =
    status >= 500
      ? {
          code: 'INVARIANT_BROKEN' as const,
          message: 'The gateway met an unexpected state; nothing was confirmed.',
        }
      : UNREADABLE_REQUEST;
  // People see only the confirmation page; whatever else calls is a program.
  return request.routeOptions.url === '/confirm/:token'
    ? reply
        .code(status)
        .type('text/html; charset=utf-8')
        .send(render(faultPage(fault)))
    : reply.code(status).send(fault);
}
