import { type Client } from '@temporalio/client';
import { createWorkspaceOpener } from '../adapters/braze/probe';
import { createDuckDb } from '../adapters/duckdb/duckdb';
import { createConfirmationLinks } from '../adapters/email/links';
import { createReportPage } from '../adapters/email/report-page';
import { createMailTemplates } from '../adapters/email/templates';
import { createTemplateEngine } from '../adapters/liquid/engine';
import { createRegistry } from '../adapters/postgres/registry';
import { redact } from '../domain/redact';
import { createMailTransport, type MailTransport } from '../adapters/email/transport';
import { createEventRetention } from '../adapters/postgres/event-retention';
import { completeListing, location } from '../adapters/source/listing';
import { readSource } from '../adapters/source/read-source';
import { createAudienceDataActivities } from '../activities/audience-data';
import { createInputActivities } from '../activities/check-input';
import { createWorkspaceActivities } from '../activities/check-workspace';
import { valueOf } from '../activities/failure';
import { createEngagementActivities } from '../activities/engagements';
import { createForgetActivities } from '../activities/forget-events';
import { createEntityActivities, createHolds } from '../activities/integration-entity';
import { createSourceActivities } from '../activities/look-at-source';
import { createImportActivities } from '../activities/import-profiles';
import { createMailActivities, type SendEndMailInput } from '../activities/send-mail';
import { createSendActivities } from '../activities/send-slice';
import { createSetupActivities } from '../activities/setup-probes';
import { createSliceStore } from '../activities/slice-store';
import { oncePerDay } from '../activities/streak-mails';
import { createScheduleWatch } from '../activities/watch-schedules';
import { createApiTestActivities } from '../activities/test-external-api';
import { createVerifyActivities, type VerifySampleInput } from '../activities/verify-sample';
import { createReportActivities, type WriteReportInput } from '../activities/write-report';
import { observeBudget, observeTransport, noting } from '../observability/observed-ports';
import { type WorkerMetrics } from '../observability/metrics';
import { type BrazeSettings } from '../contract/integration';
import { BrazeAccounts, type AccountOptions } from './braze-accounts';
import { createBudgetAuthority } from './budget-authority';
import { type Deployment } from './deployment';
import { openImportStream } from './import-stream';
import { openEngagements } from './engagement-registry';
import { createHeartbeat } from './temporal-heartbeat';
import { createReadBack } from './read-back';
import { createTestCalls } from './test-calls';
import { createStreamWork } from './stream-work';

/** Activities by the queue that serves them. */
export interface WorkerActivities {
  light: object;
  data: object;
  send: object;
  /** Absent where no database is configured. */
  stream: object | undefined;
  /** Ends mail and Braze connections. */
  close(): Promise<void>;
}

/** Puts adapters and activities together; the only place that sees both. */
export function createWorkerActivities(
  deployment: Deployment,
  options: {
    client: Client;
    linkSecret: string;
    duckdbEntry: string;
    metrics: WorkerMetrics;
    /** Told when a workspace's budget begins to be out of reach; sending then waits. */
    onBudgetTrouble: AccountOptions['onTrouble'];
  },
): WorkerActivities {
  const { config, stateBucket, openBucket } = deployment;
  const { client, linkSecret, duckdbEntry, metrics, onBudgetTrouble } = options;
  const accounts = new BrazeAccounts({
    secrets: deployment.inputSecrets,
    openConnection: deployment.openConnection,
    authorityOf: createBudgetAuthority({ client }),
    onTrouble: onBudgetTrouble,
  });
  const transport = observeTransport(
    createMailTransport({ url: config.mail.url, from: config.mail.from }),
    metrics,
  );
  const { database, inputSecrets: secrets } = deployment;
  const stream =
    database && createStreamWork({ database, client, accounts, secrets, metrics: metrics.stream });
  const duckdb = createDuckDb({ childEntry: duckdbEntry, ...config.duckdb });
  const adapters = { stateBucket, openBucket, readSource, duckdb, workDir: config.workDir };
  const data = createAudienceDataActivities(adapters);
  return {
    light: createLight(deployment, { client, linkSecret, transport, metrics }),
    data: {
      ...data,
      ...createImportActivities({
        ...adapters,
        stream: openImportStream(deployment, client, metrics.stream),
        heartbeat: createHeartbeat({ client }),
      }),
      freezeSource: noting(data.freezeSource, ({ activation }, { counts }) =>
        metrics.sourceRead(activation.integration, counts),
      ),
    },
    send: createSend(deployment, client, accounts, metrics),
    stream: stream?.activities,
    async close() {
      transport.close();
      await stream?.close();
      await accounts.close();
    },
  };
}

function createLight(
  deployment: Deployment,
  options: { client: Client; linkSecret: string; transport: MailTransport; metrics: WorkerMetrics },
): object {
  const { client, linkSecret, transport, metrics } = options;
  const { config, database, stateBucket, openBucket, openConnection, inputSecrets } = deployment;
  const openWorkspace = createWorkspaceOpener(openConnection);
  const templates = createMailTemplates();
  const reports = createReportActivities({ stateBucket, render: createReportPage() });
  const mails = createMailActivities({
    transport,
    templates,
    links: createConfirmationLinks({ secret: linkSecret, gatewayUrl: config.gateway.url }),
    operators: config.mail.operators,
    clock: Date.now,
  });
  return {
    ...createInputActivities(),
    ...createEntityActivities({ client, stateBucket }),
    ...createEngagementActivities({ client, registry: openEngagements(deployment, client) }),
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
    ...createForgetActivities({
      retention: database && createEventRetention(database),
      days: config.stream.retentionDays,
    }),
    ...createScheduleWatch({
      ...{ client, stateBucket, transport, templates, clock: Date.now },
      operators: config.mail.operators,
    }),
    ...mails,
    // Whoever was refused before a generation began has no report; the name of their integration may be anybody's typing.
    sendEndMail: noting(
      oncePerDay(stateBucket, Date.now, (input: SendEndMailInput) => mails.sendEndMail(input)),
      ({ result }) => {
        if (!result.generation) metrics.runEnded('', result.outcome);
      },
    ),
    ...reports,
    writeReport: noting(
      (input: WriteReportInput) => reports.writeReport(input),
      ({ integration, result }) => metrics.runEnded(integration, result.outcome),
    ),
  };
}

function createSend(
  { stateBucket, openConnection, database, inputSecrets }: Deployment,
  client: Client,
  accounts: BrazeAccounts,
  metrics: WorkerMetrics,
): object {
  const store = createSliceStore(stateBucket);
  const openWorkspace = createWorkspaceOpener(openConnection);
  const openAccount = async ({ integration, braze }: { integration: string; braze: BrazeSettings }) => {
    const { connection, budget, readBudget } = valueOf(await accounts.open(integration, braze));
    return {
      connection,
      budget: observeBudget(budget, 'track', metrics),
      readBudget: observeBudget(readBudget, 'readBack', metrics),
    };
  };
  const verifying = createVerifyActivities({
    readSample: (sample) => store.readSample(sample),
    writeCorrections: (run, corrections) => store.writeCorrections(run, corrections),
    openReadBack: async (input) => createReadBack(await openAccount(input)),
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
  });
  return {
    ...createSendActivities({
      store,
      openBraze: openAccount,
      holds: createHolds({ client }),
      heartbeat: createHeartbeat({ client }),
      onReceipt: (slice, before, after) => metrics.sliceSent(slice, before, after),
    }),
    ...createApiTestActivities({
      registry: database === undefined ? undefined : createRegistry(database),
      engine: createTemplateEngine(),
      secrets: inputSecrets,
      redact,
      openCalls: async (workspace) => createTestCalls(await openAccount(workspace)),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    }),
    ...verifying,
    verifySample: noting(
      (input: VerifySampleInput) => verifying.verifySample(input),
      ({ integration }, result) => metrics.readBack(integration, result),
    ),
  };
}
