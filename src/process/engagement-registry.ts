import { createHash } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { createEngagementRegistry } from '../adapters/postgres/engagement-registry';
import { type SecretStore } from '../adapters/secrets/secrets';
import { type EngagementRegistry } from '../activities/engagements';
import { INTEGRATION_MESSAGES, type IntegrationState } from '../contract/entity';
import { fault, type Outcome, success } from '../contract/errors';
import { integrationWorkflowId } from '../contract/names';
import { type Deployment } from './deployment';

const FINGERPRINT_DIGITS = 16;
const NOT_CONFIGURED = fault(
  'STREAM_NOT_CONFIGURED',
  'Engagements need a database, and BRAZIER_DATABASE_URL names none.',
);

/** Engagements of a deployment; without a database every request is answered with what is missing. */
export function openEngagements(
  { database, inputSecrets, config }: Deployment,
  client: Client,
): EngagementRegistry {
  if (database === undefined) return WITHOUT_DATABASE;
  return createEngagementRegistry({
    database,
    shards: config.stream.shards,
    now: Date.now,
    keyFingerprint: createKeyFingerprint(inputSecrets, client),
  });
}

/** Tells the REST key that an integration has. Read anew each time: a verdict holds for the key that is used now, and for no other. */
export function createKeyFingerprint(secrets: SecretStore, client: Client) {
  return async (integration: string): Promise<Outcome<string>> => {
    const restKey = await restKeyOf(client, integration);
    if (!restKey.ok) return restKey;
    const key = await secrets.resolve(restKey.value);
    if (!key.ok) return key;
    return success(createHash('sha256').update(key.value).digest('hex').slice(0, FINGERPRINT_DIGITS));
  };
}

type RestKey = IntegrationState['settings']['braze']['restKey'];

async function restKeyOf(client: Client, integration: string): Promise<Outcome<RestKey>> {
  const unknown = fault('INTEGRATION_UNKNOWN', `integration: there is none named "${integration}"`);
  try {
    const handle = client.workflow.getHandle(integrationWorkflowId(integration));
    const state = await handle.query<IntegrationState | null>(INTEGRATION_MESSAGES.describe);
    return state ? success(state.settings.braze.restKey) : unknown;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return unknown;
    throw error;
  }
}

const refuse = () => Promise.resolve(NOT_CONFIGURED);
const WITHOUT_DATABASE: EngagementRegistry = {
  save: refuse,
  change: refuse,
  read: refuse,
  shardsPassed: refuse,
  countSegment: refuse,
};
