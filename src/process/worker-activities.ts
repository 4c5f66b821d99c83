import { type Client } from '@temporalio/client';
import { createWorkspaceOpener } from '../adapters/braze/probe';
import { createDuckDb } from '../adapters/duckdb/duckdb';
import { createConfirmationLinks } from '../adapters/email/links';
import { createMailTemplates } from '../adapters/email/templates';
import { createMailTransport, type MailTransport } from '../adapters/email/transport';
import { completeListing, location } from '../adapters/source/listing';
import { readSource } from '../adapters/source/read-source';
import { createAudienceDataActivities } from '../activities/audience-data';
import { createInputActivities } from '../activities/check-input';
import { createWorkspaceActivities } from '../activities/check-workspace';
import { valueOf } from '../activities/failure';
import { createEntityActivities, createHolds } from '../activities/integration-entity';
import { createSourceActivities } from '../activities/look-at-source';
import { createMailActivities, endMailKind } from '../activities/send-mail';
import { createSendActivities } from '../activities/send-slice';
import { createSetupActivities } from '../activities/setup-probes';
import { createSliceStore } from '../activities/slice-store';
import { createScheduleWatch } from '../activities/watch-schedules';
import { createVerifyActivities } from '../activities/verify-sample';
import { createReportActivities } from '../activities/write-report';
import { type Deployment } from './deployment';
import { createHeartbeat } from './temporal-heartbeat';
import { createReadBack } from './read-back';

/** Activities by the queue that serves them. */
export interface WorkerActivities {
  light: object;
  data: object;
  send: object;
  /** Ends mail and Braze connections. */
  close(): Promise<void>;
}

/** Puts adapters and activities together; the only place that sees both. */
export function createWorkerActivities(
  deployment: Deployment,
  options: { client: Client; linkSecret: string; duckdbEntry: string },
): WorkerActivities {
  const { config, stateBucket, openBucket } = deployment;
  const { client, linkSecret, duckdbEntry } = options;
  const transport = createMailTransport({ url: config.mail.url, from: config.mail.from });
  const duckdb = createDuckDb({ childEntry: duckdbEntry, ...config.duckdb });
  return {
    light: createLight(deployment, client, linkSecret, transport),
    data: createAudienceDataActivities({
      stateBucket,
      openBucket,
      readSource,
      duckdb,
      workDir: config.workDir,
    }),
    send: createSend(deployment, client),
    async close() {
      transport.close();
      await deployment.accounts.close();
    },
  };
}

function createLight(
  deployment: Deployment,
  client: Client,
  linkSecret: string,
  transport: MailTransport,
): object {
  const { config, stateBucket, openBucket, openConnection, inputSecrets } = deployment;
  const openWorkspace = createWorkspaceOpener(openConnection);
  const templates = createMailTemplates();
  return {
    ...createInputActivities(),
    ...createEntityActivities({ client, stateBucket }),
    ...createSourceActivities({ openBucket, listSource: completeListing, location }),
    ...createWorkspaceActivities({ openWorkspace }),
    ...createSetupActivities({
      openWorkspace,
      openBucket,
      stateBucket,
      secrets: inputSecrets,
      mail: transport,
      allowedHosts: config.allowedHosts,
      allowedS3Endpoints: config.allowedS3Endpoints,
    }),
    ...createScheduleWatch({
      ...{ client, stateBucket, transport, templates, clock: Date.now },
      operators: config.mail.operators,
    }),
    ...createMailActivities({
      transport,
      templates,
      links: createConfirmationLinks({ secret: linkSecret, gatewayUrl: config.gateway.url }),
      operators: config.mail.operators,
      clock: Date.now,
    }),
    // The report is the end mail's page, kept where no mail server can lose it.
    ...createReportActivities({
      stateBucket,
      render: (result) => templates({ kind: endMailKind(result.outcome), result }).html,
    }),
  };
}

function createSend({ stateBucket, accounts, openConnection }: Deployment, client: Client): object {
  const store = createSliceStore(stateBucket);
  const openWorkspace = createWorkspaceOpener(openConnection);
  return {
    ...createSendActivities({
      store,
      openBraze: async (settings) => valueOf(await accounts.open(settings)),
      holds: createHolds({ client }),
      heartbeat: createHeartbeat({ client }),
    }),
    ...createVerifyActivities({
      readSample: (sample) => store.readSample(sample),
      writeCorrections: (run, corrections) => store.writeCorrections(run, corrections),
      openReadBack: async (settings) => createReadBack(valueOf(await accounts.open(settings))),
      async attributeCap(settings, attribute) {
        const workspace = valueOf(await openWorkspace(settings));
        try {
          const found = await workspace.findAttributes([attribute]);
          return found.ok ? found.value.get(attribute)?.arrayLength : undefined;
        } finally {
          await workspace.close();
        }
      },
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    }),
  };
}
