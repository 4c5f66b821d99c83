import { type Client } from '@temporalio/client';
import { INTEGRATION_MESSAGES, type IntegrationState } from '../contract/entity';
import { type Fault, fault, success, type Outcome } from '../contract/errors';
import { type IntegrationSettings } from '../contract/integration';
import { integrationWorkflowId } from '../contract/names';
import { faultOfError } from './client-faults';

/** A shard waits for the answer, and an entity that has a worker gives it at once. */
const ANSWER_MS = 5_000;

/** What of an integration's settings a shard goes by. */
export type StreamSettings = Pick<IntegrationSettings, 'braze' | 'features'>;

/**
 * An integration's settings by its entity; while that cannot answer, those that it gave last: it is a workflow of its own, which
 * may have no worker at this moment, and then never says so by itself.
 */
export function createStreamSettings(
  client: Client,
  { answerMs = ANSWER_MS } = {},
): (integration: string) => Promise<Outcome<StreamSettings>> {
  const known = new Map<string, StreamSettings>();
  return async (integration) => {
    let failure: Fault | undefined;
    try {
      const state = await client.withDeadline(Date.now() + answerMs, () =>
        client.workflow
          .getHandle(integrationWorkflowId(integration))
          .query<IntegrationState | null>(INTEGRATION_MESSAGES.describe),
      );
      if (state !== null) known.set(integration, state.settings);
    } catch (error) {
      failure = faultOfError(error);
    }
    const settings = known.get(integration);
    if (settings !== undefined) return success(settings);
    if (failure === undefined || failure.code === 'RUN_NOT_FOUND')
      return fault('INTEGRATION_UNKNOWN', `the integration ${integration} is not set up`);
    return { ok: false, fault: failure };
  };
}
