import { readFile } from 'node:fs/promises';
import { createConfirmationLinks, LinkSecretTooShortError } from './adapters/email/links';
import { createSecretStore, type SecretStore } from './adapters/secrets/secrets';
import { type Config, loadConfig } from './config/config';
import { fault, success, type Outcome } from './contract/errors';
import { createGateway } from './gateway/server';
import { createLogger } from './observability/logger';
import { createConfirmationRuns } from './process/confirmation-runs';
import { connectClient } from './process/connect-temporal';

/** A gateway process under way. */
export interface RunningGateway {
  /** Where it listens on this machine; mails name the public address of the configuration. */
  url: string;
  /** Resolves when it has stopped. */
  done: Promise<void>;
  /** Ends open requests, then stops. */
  close(): Promise<void>;
}

/** Starts the gateway process by the environment: confirmation pages and the inbound mail hook. */
export async function startGateway(env: NodeJS.ProcessEnv): Promise<Outcome<RunningGateway>> {
  const config = loadConfig(env);
  if (!config.ok) return config;
  const secrets = await resolveSecrets(config.value, env);
  if (!secrets.ok) return secrets;
  const temporal = await connectClient();
  if (!temporal.ok) return temporal;
  const { client, connection } = temporal.value;
  const logger = createLogger(config.value.logLevel, 'gateway');
  const app = createGateway({
    runs: createConfirmationRuns(client),
    ...secrets.value,
    logger,
    now: Date.now,
  });
  const { host, port } = config.value.gateway;
  const url = await listen(() => app.listen({ host, port }), `${host}:${port}`);
  if (!url.ok) {
    await connection.close();
    return url;
  }
  const { promise: done, resolve: finish } = deferred();
  let closing: Promise<void> | undefined;
  const close = async () => {
    await app.close();
    await connection.close();
    finish();
  };
  logger.info({ url: url.value, mailHook: secrets.value.hookToken !== '' }, 'gateway is ready');
  return success({ url: url.value, done, close: () => (closing ??= close()) });
}

async function resolveSecrets(
  { gateway, secrets }: Config,
  env: NodeJS.ProcessEnv,
): Promise<Outcome<{ linkSecret: string; hookToken: string }>> {
  const declared = secrets.deployment;
  const store = createSecretStore({ declared, env, readFile: (path) => readFile(path, 'utf8') });
  const linkSecret = await usableLinkSecret(store, gateway);
  if (!linkSecret.ok) return linkSecret;
  // A blank token is no token: the hook then refuses everybody.
  const hookToken = gateway.hookToken === undefined ? success('') : await store.resolve(gateway.hookToken);
  if (!hookToken.ok) return hookToken;
  return success({ linkSecret: linkSecret.value, hookToken: hookToken.value });
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
