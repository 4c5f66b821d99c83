import { WorkflowNotFoundError } from '@temporalio/client';
import { type Database } from '../adapters/postgres/database';
import { hasStream } from '../adapters/postgres/known-stream';
import { integrationWorkflowId } from '../contract/names';
import { cliErrorOf, FaultError, unwrap } from './cli-error';
import { type CommandHost } from './host';

/** Whether there is such an integration; where Temporal has to be asked and does not answer, why nobody knows. */
export async function knowsIntegration(
  host: CommandHost,
  database: Database,
  integration: string,
): Promise<boolean | { unasked: string }> {
  if (unwrap(await hasStream(database, integration))) return true;
  try {
    return await host.connected(async ({ temporal }) => {
      // Asked of the server: no worker has to be there.
      await temporal.workflow.getHandle(integrationWorkflowId(integration)).describe();
      return true;
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    return { unasked: cliErrorOf(error).message };
  }
}

/**
 * Refuses an integration that there is none of, for commands that would find nothing and could not say why. They need no
 * Temporal, so one that is away is only told of.
 */
export async function refuseUnknown(
  host: CommandHost,
  database: Database,
  integration: string,
): Promise<void> {
  const known = await knowsIntegration(host, database, integration);
  if (known === false)
    throw new FaultError({
      code: 'INTEGRATION_UNKNOWN',
      message: `There is no integration "${integration}".`,
    });
  if (known !== true)
    host.io.tell(`Whether there is an integration "${integration}" could not be asked: ${known.unasked}`);
}
