import { proxyActivities, proxyLocalActivities, type ActivityOptions } from '@temporalio/workflow';
import type { createAudienceDataActivities } from '../activities/audience-data';
import type { createEngagementActivities } from '../activities/engagements';
import type { createForgetActivities } from '../activities/forget-events';
import type { createImportActivities } from '../activities/import-profiles';
import type { createEntityActivities } from '../activities/integration-entity';
import type { createInputActivities } from '../activities/check-input';
import type { createSourceActivities } from '../activities/look-at-source';
import type { createMailActivities } from '../activities/send-mail';
import type { createReportActivities } from '../activities/write-report';
import type { createSendActivities } from '../activities/send-slice';
import type { createShardActivities } from '../activities/run-shard';
import type { createStreamActivities } from '../activities/stream-layouts';
import type { createSetupActivities } from '../activities/setup-probes';
import type { createApiTestActivities } from '../activities/test-external-api';
import type { createVerifyActivities } from '../activities/verify-sample';
import type { createScheduleWatch } from '../activities/watch-schedules';
import type { createWorkspaceActivities } from '../activities/check-workspace';
import { DATA_TASK_QUEUE, SEND_TASK_QUEUE, STREAM_TASK_QUEUE } from '../contract/names';
import { TIMING } from '../contract/timing';

/** Waits of a second, two, four … up to a minute: an outage is waited out without filling logs. */
const PATIENT: ActivityOptions['retry'] = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '1m',
};

/** Input checks are local: quick, without a worker change, and first of all. */
export const input = proxyLocalActivities<ReturnType<typeof createInputActivities>>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 3 },
});

type SourceActivities = ReturnType<typeof createSourceActivities>;

/** Dates in the source's key, by the time zones of the machine. */
export const dates = proxyLocalActivities<Pick<SourceActivities, 'datedSource'>>({
  startToCloseTimeout: '10s',
});

/** One look at the source's listing; a source that comes to rest is waited for as long as it would be to be read. */
export const sourceLook = proxyActivities<Pick<SourceActivities, 'lookAtSource'>>({
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '24h',
  retry: PATIENT,
});

/** The run's token is derived from a secret, hence not by the workflow itself. */
export const token = proxyLocalActivities<Pick<ReturnType<typeof createMailActivities>, 'runToken'>>({
  startToCloseTimeout: '10s',
});

/** Updates and queries of an integration's entity: idempotent, and tried for a month while the entity cannot answer. */
export const entity = proxyActivities<ReturnType<typeof createEntityActivities>>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '30 days',
  retry: PATIENT,
});

/** How a run ended is told to its entity for an hour: by then its ledger is committed anyway. */
export const lastWord = proxyActivities<Pick<ReturnType<typeof createEntityActivities>, 'endRun'>>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: PATIENT,
});

/** One look at the workspace before a run. Braze's hourly windows can ask for a pause of an hour, more than once. */
export const workspace = proxyActivities<ReturnType<typeof createWorkspaceActivities>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '6h',
  retry: PATIENT,
});

/** Set-up probes answer in their result; tried again once only, for a worker that died: a person waits for it. */
export const setup = proxyActivities<ReturnType<typeof createSetupActivities>>({
  startToCloseTimeout: '5m',
  retry: { maximumAttempts: 2 },
});

type DataActivities = ReturnType<typeof createAudienceDataActivities>;

const DATA: ActivityOptions = {
  taskQueue: DATA_TASK_QUEUE,
  startToCloseTimeout: '6h',
  heartbeatTimeout: TIMING.readerHeartbeatTimeoutMs,
  retry: PATIENT,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
};

/** DuckDB work before anything is sent, and for the proof: a day of trying is enough, since nothing is lost by ending. */
export const data = proxyActivities<Pick<DataActivities, 'freezeSource' | 'planRun' | 'drawSample'>>({
  ...DATA,
  scheduleToCloseTimeout: '24h',
});

/** The ledger is owed: an outage of the state bucket is waited out for a month before a run gives up on it. */
export const ledgerWork = proxyActivities<Pick<DataActivities, 'recoverLedger' | 'foldLedger'>>({
  ...DATA,
  scheduleToCloseTimeout: '30 days',
});

/** An import: a database that is away and a full backlog are waited out for a day; the next attempt goes on where this one was. */
export const profileImport = proxyActivities<ReturnType<typeof createImportActivities>>({
  ...DATA,
  scheduleToCloseTimeout: '24h',
});

/** A slice: bounded by its heartbeat, which is also its right to start requests. */
export const send = proxyActivities<ReturnType<typeof createSendActivities>>({
  taskQueue: SEND_TASK_QUEUE,
  startToCloseTimeout: '24h',
  scheduleToCloseTimeout: '7 days',
  heartbeatTimeout: TIMING.heartbeatTimeoutMs,
  retry: PATIENT,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/** Reading back: bounded by its own deadline, which is far below this time-out. */
export const verify = proxyActivities<ReturnType<typeof createVerifyActivities>>({
  taskQueue: SEND_TASK_QUEUE,
  startToCloseTimeout: '24h',
  scheduleToCloseTimeout: '2 days',
  heartbeatTimeout: TIMING.readerHeartbeatTimeoutMs,
  retry: PATIENT,
});

/** Mail is worth an hour of patience; a run does not fail for it. */
export const mail = proxyActivities<ReturnType<typeof createMailActivities>>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1h',
  retry: PATIENT,
});

/** The report is a convenience: tried for ten minutes. */
export const report = proxyActivities<ReturnType<typeof createReportActivities>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '10m',
  retry: PATIENT,
});

/** Deleting what is old: the next run, in an hour, takes what this one leaves. */
export const forget = proxyActivities<ReturnType<typeof createForgetActivities>>({
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '30m',
  retry: PATIENT,
});

/** A look at schedules: the next one comes in a minute and sees the same, so this one is not tried for long. */
export const watch = proxyActivities<ReturnType<typeof createScheduleWatch>>({
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '10m',
  retry: PATIENT,
});

type EngagementActivities = ReturnType<typeof createEngagementActivities>;

/** What an activation needs of PostgreSQL: an outage is waited out for a while, since a person may be watching. */
export const engagementPlan = proxyActivities<
  Pick<EngagementActivities, 'saveEngagement' | 'shardsPassed' | 'ensureStream'>
>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1h',
  retry: PATIENT,
});

/** A look at everybody: some minutes where there are millions, and begun anew where its worker is lost. */
export const segmentCount = proxyActivities<Pick<EngagementActivities, 'countSegment'>>({
  startToCloseTimeout: '30m',
  scheduleToCloseTimeout: '1h',
  heartbeatTimeout: '30s',
  retry: PATIENT,
});

/** Asks the entity, which asks PostgreSQL: the same change is made once, whoever repeats it. */
export const activation = proxyActivities<Pick<EngagementActivities, 'activateEntity'>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '1h',
  retry: PATIENT,
});

/** The checked change of an engagement; whoever sent the Update waits for it. */
export const engagementChange = proxyActivities<Pick<EngagementActivities, 'changeEngagement'>>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1h',
  retry: PATIENT,
});

/** A look at an engagement is local, which halves its cost; the next one comes soon and sees the same. */
export const engagementLook = proxyLocalActivities<Pick<EngagementActivities, 'readEngagement'>>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '30s',
  retry: { maximumAttempts: 2 },
});

type ApiTestActivities = ReturnType<typeof createApiTestActivities>;

/** Reading, waiting and putting back around a test call: the longest apply lag is an hour, thrice where all is put back. */
export const apiTest = proxyActivities<Omit<ApiTestActivities, 'sendExternalApiTest'>>({
  taskQueue: SEND_TASK_QUEUE,
  startToCloseTimeout: '3h',
  scheduleToCloseTimeout: '6h',
  heartbeatTimeout: '30s',
  retry: PATIENT,
});

/** The one test call: never tried again by Temporal, since what may have been applied must not be sent twice; a cancel waits for its end. */
export const apiTestSend = proxyActivities<Pick<ApiTestActivities, 'sendExternalApiTest'>>({
  taskQueue: SEND_TASK_QUEUE,
  startToCloseTimeout: '3h',
  heartbeatTimeout: '30s',
  retry: { maximumAttempts: 1 },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/** How a stream is divided: a question or a change of the database, tried for a month while it is away. */
export const streamLayouts = proxyActivities<ReturnType<typeof createStreamActivities>>({
  taskQueue: STREAM_TASK_QUEUE,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '30 days',
  retry: PATIENT,
});

/**
 * A stay at a shard: ends by itself after ten minutes. The heartbeat only tells Temporal that the worker lives; who may write
 * is decided by the shard's row in the database.
 */
export const shardWork = proxyActivities<ReturnType<typeof createShardActivities>>({
  taskQueue: STREAM_TASK_QUEUE,
  startToCloseTimeout: '20m',
  heartbeatTimeout: '15s',
  retry: PATIENT,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});
