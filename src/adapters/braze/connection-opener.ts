import { type Fault, type Outcome, success } from '../../contract/errors';
import { type BrazeSettings } from '../../contract/integration';
import { checkBrazeEndpoint } from '../../domain/endpoint';
import { type SecretStore } from '../secrets/secrets';
import { type BrazeConnection, createBrazeConnection } from './connection';

/** What every connection of this process has in common. */
export interface ConnectionOpenerOptions {
  secrets: SecretStore;
  /** Origins besides Braze's own that keys may be sent to. */
  allowedHosts: readonly string[];
  userAgent: string;
}

/** Opens connections by an integration's settings. */
export type BrazeConnectionOpener = (settings: BrazeSettings) => Promise<Outcome<BrazeConnection>>;

/** An opener that reads the key anew each time, and only after the host was found allowed. */
export function createConnectionOpener(options: ConnectionOpenerOptions): BrazeConnectionOpener {
  return async (settings) => {
    const checked = checkEndpoint(settings.endpoint, options.allowedHosts);
    if (!checked.ok) return checked;
    const key = await options.secrets.resolve(settings.restKey);
    if (!key.ok) return key;
    return success(
      createBrazeConnection({
        endpoint: checked.value,
        key: key.value,
        connections: settings.connections,
        requestTimeoutMs: settings.requestTimeoutSeconds * 1000,
        userAgent: options.userAgent,
      }),
    );
  };
}

/** The origin that a key may be sent to, or the fault that says why not. */
function checkEndpoint(endpoint: string, allowedHosts: readonly string[]): Outcome<string> {
  const checked = checkBrazeEndpoint(endpoint, allowedHosts);
  if (checked.ok) return success(checked.origin);
  const { problem, message } = checked;
  const fault: Fault =
    problem === 'malformed'
      ? { code: 'BRAZE_ENDPOINT_INVALID', message: `The REST endpoint ${message}` }
      : { code: 'HOST_NOT_ALLOWED', message };
  return { ok: false, fault };
}
