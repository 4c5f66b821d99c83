import { readFile } from 'node:fs/promises';
import { type FastifyInstance } from 'fastify';
import { createConfirmationLinks, LinkSecretTooShortError } from './adapters/email/links';
import { createTextFetcher } from './adapters/http/fetch-text';
import { createSecretStore, type SecretStore } from './adapters/secrets/secrets';
import { type Config, loadConfig } from './config/config';
import { fault, success, type Outcome } from './contract/errors';
import { type SecretReference } from './contract/integration';
import { type ApiCaller } from './gateway/api/callers';
import { type EventSource } from './gateway/events/sources';
import { createGateway } from './gateway/server';
import { createLogger } from './observability/logger';
import { createRegistry, GatewayMetrics } from './observability/metrics';
import { operationRoutes } from './observability/operation-routes';
import { createReadiness } from './observability/readiness';
import { createConfirmationRuns } from './process/confirmation-runs';
import { createActivationRuns } from './process/activation-runs';
import { resolveApiCallers } from './process/api-callers';
import { resolveEventSources } from './process/event-sources';
import { openCapture } from './process/open-capture';
import { connectClient } from './process/connect-temporal';
import { openDeployment } from './process/deployment';
import { openStreamServices } from './process/stream-services';
import { databaseChecks, temporalCheck } from './process/readiness-checks';
import { startScheduleWatch } from './process/schedule-watch';

/** A gateway process under way. */
export interface RunningGateway {
  /** Where it listens on this machine; mails name the public address of the configuration. */
  url: string;
  /** Resolves when it has stopped. */
  done: Promise<void>;
  /** Ends open requests, then stops. */
  close(): Promise<void>;
}

/** A certificate of SNS has some 2 KiB; SNS itself waits 15 seconds for the answer to a message. */
const FETCH_LIMITS = { timeoutMs: 5_000, maxBytes: 64 * 1024 };

/** Starts the gateway process by the environment: confirmation pages, the inbound mail hook and the HTTP API. */
export async function startGateway(env: NodeJS.ProcessEnv): Promise<Outcome<RunningGateway>> {
  const config = loadConfig(env);
  if (!config.ok) return config;
  const secrets = await resolveSecrets(config.value, env);
  if (!secrets.ok) return secrets;
  const deployment = await openDeployment(config.value);
  if (!deployment.ok) return deployment;
  const { stateBucket, database } = deployment.value;
  const temporal = await connectClient();
  if (!temporal.ok) {
    stateBucket.close();
    await database?.close();
    return temporal;
  }
  const { client, connection } = temporal.value;
  const streaming = openStreamServices(deployment.value, client);
  const release = async () => {
    stateBucket.close();
    await streaming?.close();
    await database?.close();
    await connection.close();
  };
  const logger = createLogger(config.value.logLevel, 'gateway');
  const registry = createRegistry();
  const app = createGateway({
    runs: createConfirmationRuns(client),
    activations: createActivationRuns(client),
    streaming: streaming?.services,
    ...secrets.value,
    capture: openCapture(deployment.value, { client, registry, logger }),
    mailgunMarksMail: config.value.gateway.mailgunMarksMail,
    snsTopicArns: config.value.gateway.snsTopicArns,
    fetchText: createTextFetcher(FETCH_LIMITS),
    logger,
    now: Date.now,
  });
  let closing: Promise<void> | undefined;
  countRequests(app, new GatewayMetrics(registry));
  operationRoutes(app, {
    registry,
    readiness: createReadiness({
      // The state bucket is the watch's alone, which logs its own trouble: no route is worse for it.
      checks: [temporalCheck(client), ...databaseChecks(database)],
      isStopping: () => closing !== undefined,
    }),
  });
  const { host, port } = config.value.gateway;
  const url = await listen(() => app.listen({ host, port }), `${host}:${port}`);
  if (!url.ok) {
    await release();
    return url;
  }
  const watch = startScheduleWatch(config.value, { client, stateBucket, logger });
  const { promise: done, resolve: finish } = deferred();
  const close = async () => {
    await app.close();
    await watch.close();
    await release();
    finish();
  };
  const hooks = {
    mail: secrets.value.hookToken !== '',
    mailgun: secrets.value.mailgunSigningKey !== '',
    ses: config.value.gateway.snsTopicArns.length > 0,
  };
  const apiCallers = secrets.value.apiCallers.map(({ name }) => name);
  const eventSources = secrets.value.eventSources.map(({ name, integration }) => `${name}:${integration}`);
  logger.info({ url: url.value, hooks, apiCallers, eventSources }, 'gateway is ready');
  return success({ url: url.value, done, close: () => (closing ??= close()) });
}

/** Counted from outside of the routes: whoever adds one need not think of it. */
function countRequests(app: FastifyInstance, metrics: GatewayMetrics): void {
  app.addHook('onResponse', async ({ method, routeOptions: { url: route = 'none' } }, reply) => {
    metrics.requestEnded({ method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
  });
}

/** Blank where a hook is off. */
interface GatewaySecrets {
  linkSecret: string;
  hookToken: string;
  mailgunSigningKey: string;
  apiCallers: ApiCaller[];
  eventSources: EventSource[];
}

async function resolveSecrets(
  { gateway, secrets }: Config,
  env: NodeJS.ProcessEnv,
): Promise<Outcome<GatewaySecrets>> {
  const declared = secrets.deployment;
  const store = createSecretStore({ declared, env, readFile: (path) => readFile(path, 'utf8') });
  const linkSecret = await usableLinkSecret(store, gateway);
  if (!linkSecret.ok) return linkSecret;
  const resolve = (reference: SecretReference | undefined) =>
    reference === undefined ? success('') : store.resolve(reference);
  const hookToken = await resolve(gateway.hookToken);
  if (!hookToken.ok) return hookToken;
  const mailgunSigningKey = await resolve(gateway.mailgunSigningKey);
  if (!mailgunSigningKey.ok) return mailgunSigningKey;
  const apiCallers = await resolveApiCallers(store, gateway.apiKeys);
  if (!apiCallers.ok) return apiCallers;
  const eventSources = await resolveEventSources(store, gateway.eventSources);
  if (!eventSources.ok) return eventSources;
  return success({
    linkSecret: linkSecret.value,
    hookToken: hookToken.value,
    mailgunSigningKey: mailgunSigningKey.value,
    apiCallers: apiCallers.value,
    eventSources: eventSources.value,
  });
}

/** Found out at the start, not when the first person presses a link. */
async function usableLinkSecret(store: SecretStore, gateway: Config['gateway']): Promise<Outcome<string>> {
  const secret = await store.resolve(gateway.linkSecret);
  if (!secret.ok) return secret;
  try {
    createConfirmationLinks({ secret: secret.value, gatewayUrl: gateway.url });
    return secret;
  } catch (error) {
    if (!(error instanceof LinkSecretTooShortError)) throw error;
    return fault('SECRET_UNREADABLE', `BRAZIER_LINK_SECRET: ${error.message}.`);
  }
}

async function listen(start: () => Promise<string>, where: string): Promise<Outcome<string>> {
  try {
    return success(await start());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fault(
      'INPUT_INVALID',
      `The gateway cannot listen on ${where} (BRAZIER_GATEWAY_HOST, BRAZIER_GATEWAY_PORT): ${reason}`,
    );
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
