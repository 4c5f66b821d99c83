import { Client, Connection } from '@temporalio/client';
import { redact } from '../domain/redact';
import { fault, success, type Outcome } from '../contract/errors';
import { readTemporalSettings, type TemporalSettings } from './temporal-settings';

/** A client of the Temporal that the environment (`TEMPORAL_ADDRESS` and the like, or a profile file) names. */
export async function connectClient(): Promise<Outcome<{ client: Client; connection: Connection }>> {
  const settings = readTemporalSettings();
  if (!settings.ok) return settings;
  const { connectionOptions, namespace } = settings.value;
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10s' });
    return success({ connection, client: new Client({ connection, namespace }) });
  } catch (error) {
    return unreachable(connectionOptions, error);
  }
}

/** Why there is no connection, with the address that was tried. */
export function unreachable(
  { address, apiKey }: TemporalSettings['connectionOptions'],
  error: unknown,
): Outcome<never> {
  const reason = error instanceof Error ? error.message : String(error);
  const where = address ?? 'localhost:7233 (TEMPORAL_ADDRESS is not set)';
  const words = redact(reason, typeof apiKey === 'string' ? [apiKey] : []);
  return fault('TEMPORAL_UNAVAILABLE', `Temporal does not answer at ${where}: ${words}`);
}
