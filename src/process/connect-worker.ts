import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { success, type Outcome } from '../contract/errors';
import { unreachable } from './connect-temporal';

/** A worker's connection; a module of its own, since loading the native client takes a second that a command line need not wait. */
export async function connectWorker(): Promise<Outcome<{ connection: NativeConnection; namespace: string }>> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  try {
    const connection = await NativeConnection.connect(connectionOptions);
    return success({ connection, namespace: namespace ?? 'default' });
  } catch (error) {
    return unreachable(connectionOptions.address, error);
  }
}
