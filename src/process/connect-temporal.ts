import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { fault, success, type Outcome } from '../contract/errors';

/** A client of the Temporal that the environment (`TEMPORAL_ADDRESS` and the like, or a profile file) names. */
export async function connectClient(): Promise<Outcome<{ client: Client; connection: Connection }>> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10s' });
    return success({ connection, client: new Client({ connection, ...(namespace ? { namespace } : {}) }) });
  } catch (error) {
    return unreachable(connectionOptions.address, error);
  }
}

/** Why there is no connection, with the address that was tried. */
export function unreachable(address: string | undefined, error: unknown): Outcome<never> {
  const reason = error instanceof Error ? error.message : String(error);
  const where = address ?? 'localhost:7233 (TEMPORAL_ADDRESS is not set)';
  return fault('TEMPORAL_UNAVAILABLE', `Temporal does not answer at ${where}: ${reason}`);
}
