import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { type Outcome } from '../contract/errors';
import { integrationWorkflowId } from '../contract/names';
import { createAsker } from './ask-temporal';
import { Cached } from './cached';

/** Tells whether an integration exists. */
export type HasIntegration = (integration: string) => Promise<Outcome<boolean>>;

/** An integration is never removed; one that is missing may be set up at any moment. */
const [KNOWN_MS, UNKNOWN_MS] = [600_000, 2_000];

/** Asks Temporal for integrations' entities, seldom: no worker is needed for the answer. */
export function createHasIntegration(client: Client): HasIntegration {
  const ask = createAsker(client);
  const cached = new Cached(
    (integration) => ask(() => isRunning(client, integration)),
    (isThere: boolean) => (isThere ? KNOWN_MS : UNKNOWN_MS),
  );
  return (integration) => cached.get(integration);
}

async function isRunning(client: Client, integration: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(integrationWorkflowId(integration)).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
