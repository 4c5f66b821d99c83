import { type createAudienceDataActivities } from '../../src/activities/audience-data';
import { createInputActivities } from '../../src/activities/check-input';
import { type createWorkspaceActivities } from '../../src/activities/check-workspace';
import { throwFault } from '../../src/activities/failure';
import { type createEngagementActivities } from '../../src/activities/engagements';
import { type createEntityActivities } from '../../src/activities/integration-entity';
import { createSourceActivities } from '../../src/activities/look-at-source';
import { type createMailActivities } from '../../src/activities/send-mail';
import { type createSendActivities } from '../../src/activities/send-slice';
import { type createSetupActivities } from '../../src/activities/setup-probes';
import { type createApiTestActivities } from '../../src/activities/test-external-api';
import { type createVerifyActivities } from '../../src/activities/verify-sample';
import { type createReportActivities } from '../../src/activities/write-report';
import { type AudienceState } from '../../src/contract/entity';
import { type EngagementChange, type EngagementStatus } from '../../src/contract/engagement';
import { type ErrorCode } from '../../src/contract/errors';

import { type IntegrationSettings } from '../../src/contract/integration';
import { changeProblem, stateAfter } from '../../src/domain/stream/engagement-rules';
import { beginRun, commitLedger, endRun, mayCommit } from '../../src/domain/integration-state';
import {
  ENGAGEMENT,
  ledgerOf,
  outcomes,
  PLAN,
  receiptOf,
  objectAt,
  SETTINGS,
  SNAPSHOT,
  SOURCE_SEEN,
} from './samples';
import { PREPARED_TEST, seenTest } from './api-test-samples';
import { Step } from './step';

type Engagements = ReturnType<typeof createEngagementActivities>;
type Entity = ReturnType<typeof createEntityActivities>;
type Data = ReturnType<typeof createAudienceDataActivities>;
type Send = ReturnType<typeof createSendActivities>;
type Verify = ReturnType<typeof createVerifyActivities>;
type Mail = ReturnType<typeof createMailActivities>;
type Report = ReturnType<typeof createReportActivities>;
type Workspace = ReturnType<typeof createWorkspaceActivities>;
type Source = ReturnType<typeof createSourceActivities>;
type Setup = ReturnType<typeof createSetupActivities>;
type ApiTest = ReturnType<typeof createApiTestActivities>;

type StepFor<Activity> = Activity extends (input: infer Input) => Promise<infer Answer>
  ? Step<Input, Answer>
  : never;

/** Ends a step as an activity ends that meets this failure of the catalog. */
export function failing(code: ErrorCode, message: string = code): () => never {
  return () => throwFault({ code, message });
}

/**
 * Everything that the workflows call, without Braze, buckets or mail. Everything goes well unless a test says otherwise.
 * The integration's entity is kept here by the product's own rules.
 */
export class FakeWorld {
  readonly audiences: Record<string, AudienceState> = {};
  settings: IntegrationSettings = SETTINGS;
  private readonly inputs = createInputActivities();

  readonly checkActivation = new Step((input: unknown) => this.inputs.checkActivation(input));
  readonly checkSetup = new Step((input: unknown) => this.inputs.checkSetup(input));
  readonly checkExternalApiTest = new Step((input: unknown) => this.inputs.checkExternalApiTest(input));
  readonly checkProfileImport = new Step((input: unknown) => this.inputs.checkProfileImport(input));

  readonly loadIntegration: StepFor<Entity['loadIntegration']> = new Step(({ integration }) => {
    if (integration === this.settings.name) return { settings: this.settings };
    return throwFault({
      code: 'INTEGRATION_UNKNOWN',
      message: `integration: there is none named "${integration}"`,
    });
  });
  readonly beginRun: StepFor<Entity['beginRun']> = new Step(({ request }) =>
    beginRun(this.audiences, request),
  );
  readonly commitRun: StepFor<Entity['commitRun']> = new Step(({ request }) => {
    if (!mayCommit(this.audiences, request))
      throwFault({ code: 'GENERATION_CLOSED', message: 'a later run has begun' });
    commitLedger(this.audiences, request);
  });
  readonly endRun: StepFor<Entity['endRun']> = new Step(({ request }) => endRun(this.audiences, request));
  readonly describeHolder: StepFor<Entity['describeHolder']> = new Step(() => ({
    code: 'AUDIENCE_BUSY',
    message: 'another run holds this audience',
    actor: 'wait' as const,
  }));
  readonly configureIntegration: StepFor<Entity['configureIntegration']> = new Step(() => 'created' as const);
  readonly checkWorkspaceIsFree: StepFor<Entity['checkWorkspaceIsFree']> = new Step(() => ({
    step: 'one integration per workspace',
    status: 'pass' as const,
    message: 'no other',
  }));

  readonly datedSource: StepFor<Source['datedSource']> = new Step((asked) => DATES.datedSource(asked));
  readonly lookAtSource: StepFor<Source['lookAtSource']> = new Step(() => SOURCE_SEEN);

  readonly checkWorkspace: StepFor<Workspace['checkWorkspace']> = new Step(() => ({
    valueCap: 100,
    attribute: 'array' as const,
  }));
  readonly probeIntegration: StepFor<Setup['probeIntegration']> = new Step(() => ({
    steps: [],
    segmentIds: [],
  }));

  readonly freezeSource: StepFor<Data['freezeSource']> = new Step(() => SNAPSHOT);
  readonly planRun: StepFor<Data['planRun']> = new Step(() => PLAN);
  readonly recoverLedger: StepFor<Data['recoverLedger']> = new Step(({ ledger }) => ({
    ledger,
    changed: false,
    inDoubt: false,
    correctionsFolded: 0,
  }));
  readonly foldLedger: StepFor<Data['foldLedger']> = new Step(({ generation, plan }) => ({
    ledger: ledgerOf(generation),
    outcomes: {
      add: outcomes({ accepted: plan.counts.add }),
      remove: outcomes({ accepted: plan.counts.remove }),
    },
    sentNothing: false,
  }));
  readonly drawSample: StepFor<Data['drawSample']> = new Step(() => ({
    sample: objectAt('sample.ndjson'),
    entering: 100,
    leaving: 20,
  }));

  readonly sendSlice: StepFor<Send['sendSlice']> = new Step((slice) => receiptOf(slice));
  readonly verifySample: StepFor<Verify['verifySample']> = new Step(() => ({
    checked: 120,
    matching: 120,
    late: 0,
    notInBraze: 0,
    atCap: 0,
  }));

  readonly runToken: StepFor<Mail['runToken']> = new Step(() => 'run-token');
  readonly sendApprovalMail: StepFor<Mail['sendApprovalMail']> = new Step(() => DELIVERED);
  readonly sendConfirmationMail: StepFor<Mail['sendConfirmationMail']> = new Step(() => DELIVERED);
  readonly sendEndMail: StepFor<Mail['sendEndMail']> = new Step(() => DELIVERED);
  readonly sendStreamMail: StepFor<Mail['sendStreamMail']> = new Step(() => DELIVERED);
  readonly writeReport: StepFor<Report['writeReport']> = new Step(() => 'report.html');

  /** The engagement that there is, by the product's own rules. */
  engagement: EngagementStatus | undefined = undefined;
  readonly checkEngagement = new Step((input: unknown) => this.inputs.checkEngagement(input));
  readonly saveEngagement: StepFor<Engagements['saveEngagement']> = new Step(({ engagement }) => {
    this.engagement = { ...ENGAGEMENT, integration: engagement.integration, name: engagement.name };
    const { integration, name, segment, action, revision } = this.engagement;
    return { integration, name, segment, revision, actions: [{ role: 'entry', ...action, ...PASSED }] };
  });
  readonly ensureStream: StepFor<Engagements['ensureStream']> = new Step(() => undefined);
  readonly activateEntity: StepFor<Engagements['activateEntity']> = new Step(({ by }) =>
    this.change('activate', by),
  );
  readonly changeEngagement: StepFor<Engagements['changeEngagement']> = new Step(({ change, request }) =>
    this.change(change, request.by),
  );
  readonly readEngagement: StepFor<Engagements['readEngagement']> = new Step(() => this.engagement ?? null);
  readonly shardsPassed: StepFor<Engagements['shardsPassed']> = new Step(() => ({ shards: 4, passed: 4 }));
  readonly countSegment: StepFor<Engagements['countSegment']> = new Step(() => ({ people: 10, inside: 3 }));

  /** What the test of an External API finds out, and does. */
  readonly prepareExternalApiTest: StepFor<ApiTest['prepareExternalApiTest']> = new Step(() => PREPARED_TEST);
  readonly sendExternalApiTest: StepFor<ApiTest['sendExternalApiTest']> = new Step(() => ({
    path: '/users/track',
    outcome: 'accepted' as const,
    answer: { status: 201, body: { message: 'success' } },
  }));
  readonly awaitExternalApiTest: StepFor<ApiTest['awaitExternalApiTest']> = new Step(() => seenTest(true));
  readonly recordExternalApiVerdict: StepFor<ApiTest['recordExternalApiVerdict']> = new Step(() => undefined);
  readonly cleanUpExternalApiTest: StepFor<ApiTest['cleanUpExternalApiTest']> = new Step(() => ({
    restored: ['attributes.plan'],
    cannotUndo: [],
  }));

  private change(change: EngagementChange, by: string): EngagementStatus {
    const { engagement: known } = this;
    if (!known) return throwFault({ code: 'ENGAGEMENT_UNKNOWN', message: 'there is none of that name' });
    const problem = changeProblem(known.name, known.state, change);
    if (problem) throwFault({ code: 'ENGAGEMENT_STATE', message: problem });
    const revision = known.revision + 1;
    const changes = [...known.changes, { change, by, at: '2026-11-22T03:00:00.000Z', revision }];
    return (this.engagement = { ...known, state: stateAfter(known.state, change), revision, changes });
  }

  /** The slices sent, in order. */
  get slices(): string[] {
    return this.sendSlice.calls.map(({ operation, index }) => `${operation}-${index}`);
  }
}

/** Of these, only the one that needs no bucket is called. */
const DATES = createSourceActivities({
  openBucket: () => throwFault({ code: 'INVARIANT_BROKEN', message: 'no bucket here' }),
  listSource: () => throwFault({ code: 'INVARIANT_BROKEN', message: 'no bucket here' }),
  location: () => '',
});

const PASSED = { verdict: 'passed', proof: 'readBack' } as const;
const DELIVERED = { sent: ['<mail@example.com>'], refusedRecipients: 0 };

/** The activities of each queue, as they are in whatever world a test is in at the moment. */
export function activitiesOf(world: () => FakeWorld) {
  const via = <Input, Answer>(step: (world: FakeWorld) => Step<Input, Answer>) => {
    return (input: Input) => step(world()).run(input);
  };
  const light = {
    checkActivation: via((now) => now.checkActivation),
    checkSetup: via((now) => now.checkSetup),
    checkEngagement: via((now) => now.checkEngagement),
    saveEngagement: via((now) => now.saveEngagement),
    ensureStream: via((now) => now.ensureStream),
    activateEntity: via((now) => now.activateEntity),
    changeEngagement: via((now) => now.changeEngagement),
    readEngagement: via((now) => now.readEngagement),
    shardsPassed: via((now) => now.shardsPassed),
    countSegment: via((now) => now.countSegment),
    checkExternalApiTest: via((now) => now.checkExternalApiTest),
    checkProfileImport: via((now) => now.checkProfileImport),
    loadIntegration: via((now) => now.loadIntegration),
    beginRun: via((now) => now.beginRun),
    commitRun: via((now) => now.commitRun),
    endRun: via((now) => now.endRun),
    describeHolder: via((now) => now.describeHolder),
    configureIntegration: via((now) => now.configureIntegration),
    checkWorkspaceIsFree: via((now) => now.checkWorkspaceIsFree),
    datedSource: via((now) => now.datedSource),
    lookAtSource: via((now) => now.lookAtSource),
    checkWorkspace: via((now) => now.checkWorkspace),
    probeIntegration: via((now) => now.probeIntegration),
    runToken: via((now) => now.runToken),
    sendApprovalMail: via((now) => now.sendApprovalMail),
    sendConfirmationMail: via((now) => now.sendConfirmationMail),
    sendEndMail: via((now) => now.sendEndMail),
    sendStreamMail: via((now) => now.sendStreamMail),
    writeReport: via((now) => now.writeReport),
  } satisfies Entity &
    Engagements &
    Mail &
    Report &
    Workspace &
    Source &
    Setup &
    ReturnType<typeof createInputActivities>;
  const watch = { watchSchedules: () => Promise.resolve({ schedules: 0, sent: 0 }) };
  const data = {
    freezeSource: via((now) => now.freezeSource),
    planRun: via((now) => now.planRun),
    recoverLedger: via((now) => now.recoverLedger),
    foldLedger: via((now) => now.foldLedger),
    drawSample: via((now) => now.drawSample),
  } satisfies Data;
  const send = {
    sendSlice: via((now) => now.sendSlice),
    verifySample: via((now) => now.verifySample),
    prepareExternalApiTest: via((now) => now.prepareExternalApiTest),
    sendExternalApiTest: via((now) => now.sendExternalApiTest),
    awaitExternalApiTest: via((now) => now.awaitExternalApiTest),
    recordExternalApiVerdict: via((now) => now.recordExternalApiVerdict),
    cleanUpExternalApiTest: via((now) => now.cleanUpExternalApiTest),
  } satisfies Send & Verify & ApiTest;
  return { light: { ...light, ...watch }, data, send };
}
