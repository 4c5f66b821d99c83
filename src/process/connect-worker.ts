import { NativeConnection } from '@temporalio/worker';
import { success, type Outcome } from '../contract/errors';
import { unreachable } from './connect-temporal';
import { readTemporalSettings } from './temporal-settings';

/** A worker's connection; a module of its own, since loading the native client takes a second that a command line need not wait. */
export async function connectWorker(): Promise<Outcome<{ connection: NativeConnection; namespace: string }>> {
  const settings = readTemporalSettings();
  if (!settings.ok) return settings;
  const { connectionOptions, namespace } = settings.value;
  try {
    const connection = await NativeConnection.connect(connectionOptions);
    return success({ connection, namespace });
  } catch (error) {
    return unreachable(connectionOptions, error);
  }
}
