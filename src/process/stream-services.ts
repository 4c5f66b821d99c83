import { type Client } from '@temporalio/client';
import { openDatabase, type Database } from '../adapters/postgres/database';
import { countDeadLetters, readDeadLetters } from '../adapters/postgres/dead-letters';
import { discard } from '../adapters/postgres/discard';
import { readEndedCalls } from '../adapters/postgres/ended-calls';
import { createEngagementRegistry } from '../adapters/postgres/engagement-registry';
import { hasStream } from '../adapters/postgres/known-stream';
import { redrive } from '../adapters/postgres/redrive';
import { createRegistry, type Registry } from '../adapters/postgres/registry';
import { BrazierClient } from '../client/brazier-client';
import { type EngagementStatus } from '../contract/engagement';
import { type EngagementKey } from '../contract/engagement-calls';
import { fault, success, type Outcome } from '../contract/errors';
import { type ExternalApiVersion } from '../contract/external-api';
import { type ExternalApiView } from '../contract/http-streaming';
import {
  type CallBook,
  type EngagementBook,
  type EngagementRequests,
  type ExternalApiBook,
  type StreamServices,
} from '../gateway/api/streaming';
import { type Asker, createAsker } from './ask-temporal';
import { type Deployment } from './deployment';
import { createKeyFingerprint } from './engagement-registry';
import { createGuardedActivations } from './guarded-activations';
import { createHasIntegration } from './integration-registry';
import { previewEngagement } from './preview-engagement';
import { previewSegment } from './preview-segment';
import { createWorkflowRuns } from './workflow-runs';

/** So few that whoever looks at everybody leaves the connections of capture alone. */
const MAX_CONNECTIONS = 4;

/** The services, and the pool that they have to themselves. */
export interface OpenStreamServices {
  services: StreamServices;
  close(): Promise<void>;
}

type Engagements = ReturnType<typeof createEngagementRegistry>;

/** The streaming half of the HTTP API as a deployment has it; nothing where it has no database. */
export function openStreamServices(
  { database: shared, inputSecrets, config: { stream } }: Deployment,
  temporal: Client,
): OpenStreamServices | undefined {
  if (shared === undefined) return undefined;
  const opened = openDatabase({
    url: shared.url,
    applicationName: 'brazier-api',
    maxConnections: MAX_CONNECTIONS,
    prepare: () => shared.prepare(),
  });
  // Its address has been opened once already.
  if (!opened.ok) throw new Error(`invariant: ${opened.fault.message}`);
  const database = opened.value;
  const engagements = createEngagementRegistry({
    database,
    keyFingerprint: createKeyFingerprint(inputSecrets, temporal),
    shards: stream.shards,
    now: Date.now,
  });
  return {
    services: createStreamServices({ database, engagements, temporal }),
    close: () => database.close(),
  };
}

function createStreamServices({
  database,
  engagements,
  temporal,
}: {
  database: Database;
  engagements: Engagements;
  temporal: Client;
}): StreamServices {
  const brazier = new BrazierClient(temporal);
  const ask = createAsker(temporal);
  const registry = createRegistry(database);
  const { externalApiTests, engagements: door } = brazier;
  const isSetUp = createHasIntegration(temporal);
  return {
    async knowsIntegration(integration) {
      const known = await hasStream(database, integration);
      return !known.ok || known.value ? known : isSetUp(integration);
    },
    externalApis: externalApiBook(registry),
    tests: createWorkflowRuns(ask, externalApiTests),
    segments: {
      list: (integration) => registry.listSegments(integration),
      show: (integration, name, version) => registry.segmentVersion(integration, name, version),
      save: (segment, by) => registry.saveSegment(segment, by),
      preview: ({ integration, condition }) =>
        previewSegment(database, { integration, condition, nowMs: Date.now(), sample: 0 }),
    },
    engagements: engagementBook({ database, engagements, brazier, ask }),
    engagementActivations: createGuardedActivations(ask, engagements, {
      start: (input, options) => door.activate(input, options),
      find: (workflowId) => door.findActivation(workflowId),
      get: (workflowId, runId) => door.activation(workflowId, runId),
    }),
    calls: callBook(database),
  };
}

function externalApiBook(registry: Registry): ExternalApiBook {
  const withVerdicts = async (found: Outcome<ExternalApiVersion>): Promise<Outcome<ExternalApiView>> => {
    if (!found.ok) return found;
    const { definition, version } = found.value;
    const verdicts = await registry.listVerdicts(definition.name);
    if (!verdicts.ok) return verdicts;
    return success({
      ...found.value,
      verdicts: verdicts.value.filter((verdict) => verdict.version === version),
    });
  };
  return {
    list: () => registry.listExternalApis(),
    show: async (name, version) => withVerdicts(await registry.externalApiVersion(name, version)),
    save: async (definition, by) => withVerdicts(await registry.saveExternalApi(definition, by)),
    async verdicts(name) {
      const known = await registry.externalApiVersion(name);
      return known.ok ? registry.listVerdicts(name) : known;
    },
  };
}

function engagementBook({
  database,
  engagements,
  brazier,
  ask,
}: {
  database: Database;
  engagements: Engagements;
  brazier: BrazierClient;
  ask: Asker;
}): EngagementBook {
  const show = async (key: EngagementKey): Promise<Outcome<EngagementStatus>> => {
    const found = await engagements.read(key);
    if (!found.ok) return found;
    if (found.value !== undefined) return success(found.value);
    return fault('ENGAGEMENT_UNKNOWN', `integration "${key.integration}" has no engagement "${key.name}"`);
  };
  const changes: {
    [Change in keyof EngagementRequests]: (
      key: EngagementKey,
      request: EngagementRequests[Change],
    ) => Promise<EngagementStatus>;
  } = {
    activate: (key, request) => brazier.engagements.activateDraft(key, request),
    pause: (key, request) => brazier.engagements.pause(key, request),
    resume: (key, request) => brazier.engagements.resume(key, request),
    stop: (key, request) => brazier.engagements.stop(key, request),
    upgrade: (key, request) => brazier.engagements.upgrade(key, request),
  };
  return {
    list: (integration) => engagements.list(integration),
    show,
    async change(key, change, request) {
      // Asked first, so that no entity is started for a name that is none.
      const known = await show(key);
      return known.ok ? ask(() => changes[change](key, request)) : known;
    },
    preview: (call) => previewEngagement(database, { ...call, nowMs: Date.now() }),
  };
}

function callBook(database: Database): CallBook {
  return {
    ended: (query) => readEndedCalls(database, query),
    async deadLetters(filter, page) {
      const read = await readDeadLetters(database, filter, page);
      if (!read.ok) return read;
      const { letters, next } = read.value;
      // A request holds a person's values, and so may the words about what could not be worked on.
      const deadLetters = letters.map(({ request: _request, detail: _detail, ...letter }) => letter);
      return success({ deadLetters, ...(next === undefined ? {} : { next }) });
    },
    async redrive(filter, by) {
      if (by === undefined) {
        const counted = await countDeadLetters(database, filter);
        if (!counted.ok) return counted;
        const { refused, unknown, setAside, overtaken, notKept } = counted.value;
        return success({ redriven: false, found: { refused, unknown, setAside, overtaken, notKept } });
      }
      const result = await redrive(database, filter, by);
      return result.ok ? success({ redriven: true, result: result.value }) : result;
    },
    async discard(filter, by) {
      if (by === undefined) {
        const counted = await countDeadLetters(database, filter);
        if (!counted.ok) return counted;
        const { refused, unknown, setAside } = counted.value;
        return success({ discarded: false, found: { refused, unknown, setAside } });
      }
      const result = await discard(database, filter, by);
      return result.ok ? success({ discarded: true, result: result.value }) : result;
    },
  };
}
