import { randomUUID } from 'node:crypto';
import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { type ActivateAudienceInput } from '../contract/activation';
import { type ActivationListing } from '../contract/http-api';
import { type TestExternalApiInput, type TestExternalApiResult } from '../contract/external-api';
import { INTEGRATION_MESSAGES, type AudienceState, type IntegrationState } from '../contract/entity';
import { type SetupIntegrationInput, type SetupIntegrationResult } from '../contract/integration';
import {
  type ApprovalDecision,
  type ConfirmationAnswer,
  type PauseRequest,
  RUN_MESSAGES,
} from '../contract/messages';
import { AudienceSchedules } from './audience-schedules';
import { Engagements } from './engagements';
import { ExternalApiTests } from './external-api-tests';
import { findRun, listingOf, type RunListing, type RunRecord } from './find-run';
import { integrationWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { type ConfirmationResult, type RunResult, type RunStatus } from '../contract/run';
import { type ImportProfilesInput } from '../contract/profile-import';
import { parseActivation } from '../contract/schemas/activate-audience';
import { parseApproval, parseConfirmation, parsePause } from '../contract/schemas/run-messages';
import { parseSetup } from '../contract/schemas/setup-integration';
import { checked } from './input-check';
import { startOptions, type StartOptions } from './start-options';
import { startProfileImport, type ProfileImportHandle } from './profile-import';

/** An audience with the integration it belongs to. */
export interface AudienceListing extends AudienceState {
  integration: string;
}

/** A started activation. */
export interface ActivationHandle {
  workflowId: string;
  runId: string;
  /** Waits for the end; a refused or failed run rejects with Temporal's `WorkflowFailedError`. */
  result(): Promise<RunResult>;
}

/**
 * What other services do with Brazier, typed; a thin layer over Temporal's own client, which it is given. Every input is
 * checked first and throws an `InputRefusedError` where it is refused: nothing reaches Temporal then.
 */
export class BrazierClient {
  /** Refreshes on a schedule. */
  readonly schedules: AudienceSchedules;
  /** Engagements of the streaming half. */
  readonly engagements: Engagements;
  /** Tests of External APIs. */
  readonly externalApiTests: ExternalApiTests;
  private readonly temporal: Client;

  constructor(temporal: Client) {
    this.temporal = temporal;
    this.schedules = new AudienceSchedules(temporal);
    this.engagements = new Engagements(temporal);
    this.externalApiTests = new ExternalApiTests(temporal);
  }

  /** Runs `setupIntegration` and waits for its steps. */
  async setup(input: SetupIntegrationInput): Promise<SetupIntegrationResult> {
    return this.temporal.workflow.execute<(input: SetupIntegrationInput) => Promise<SetupIntegrationResult>>(
      WORKFLOW_TYPES.setupIntegration,
      {
        workflowId: `setup/${input.name}/${randomUUID()}`,
        taskQueue: TASK_QUEUE,
        args: [checked(input, parseSetup(input))],
      },
    );
  }

  /**
   * Runs `testExternalApi` and waits for what it has shown. The values are kept by Temporal as they are: a test person's. Whether
   * it passed is in the result; a test that could not be made rejects with Temporal's `WorkflowFailedError`.
   */
  async testExternalApi(input: TestExternalApiInput): Promise<TestExternalApiResult> {
    const test = await this.externalApiTests.start(input);
    return test.result();
  }

  /** Starts `importProfiles`: takes a file of people into an integration's profiles, each row once. */
  async importProfiles(
    input: ImportProfilesInput,
    { workflowId }: { workflowId?: string | undefined } = {},
  ): Promise<ProfileImportHandle> {
    return startProfileImport(this.temporal, input, workflowId);
  }

  /** Starts a run under the given id, or a fresh one. */
  async activate(input: ActivateAudienceInput, options: StartOptions = {}): Promise<ActivationHandle> {
    const handle = await this.temporal.workflow.start<(input: ActivateAudienceInput) => Promise<RunResult>>(
      WORKFLOW_TYPES.activateAudience,
      {
        ...startOptions(`activate/${input.integration}`, options),
        args: [checked(input, parseActivation(input))],
        staticSummary: `${input.audience} → ${input.integration}`.slice(0, 200),
      },
    );
    const { workflowId, firstExecutionRunId: runId } = handle;
    return { workflowId, runId, result: () => handle.result() };
  }

  /** Where a run is; also answers for a run that has ended, as long as Temporal keeps it. */
  async status(workflowId: string, runId?: string): Promise<RunStatus> {
    return this.run(workflowId, runId).query<RunStatus, [object]>(RUN_MESSAGES.status, {});
  }

  /** Approves the plan of a run that waits for approval. */
  async approve(workflowId: string, decision: ApprovalDecision, runId?: string): Promise<RunStatus> {
    return this.run(workflowId, runId).executeUpdate<RunStatus, [ApprovalDecision]>(RUN_MESSAGES.approve, {
      args: [checked(decision, parseApproval(decision, 'approve'))],
    });
  }

  /** Rejects the plan of a run that waits for approval; nothing is sent. */
  async reject(workflowId: string, decision: ApprovalDecision, runId?: string): Promise<RunStatus> {
    return this.run(workflowId, runId).executeUpdate<RunStatus, [ApprovalDecision]>(RUN_MESSAGES.reject, {
      args: [checked(decision, parseApproval(decision, 'reject'))],
    });
  }

  /**
   * Confirms that the audience is right; a later answer than the first returns the first. An `updateId` makes Temporal
   * take the same call only once.
   */
  async confirm(
    workflowId: string,
    answer: ConfirmationAnswer,
    runId?: string,
    updateId?: string,
  ): Promise<ConfirmationResult> {
    return this.answer(RUN_MESSAGES.confirm, workflowId, answer, { runId, updateId });
  }

  /** Says that the audience is not right; nothing is rolled back. */
  async dispute(
    workflowId: string,
    answer: ConfirmationAnswer,
    runId?: string,
    updateId?: string,
  ): Promise<ConfirmationResult> {
    return this.answer(RUN_MESSAGES.dispute, workflowId, answer, { runId, updateId });
  }

  /** Pauses sending; slices under way finish. */
  async pause(workflowId: string, request: PauseRequest, runId?: string): Promise<RunStatus> {
    return this.run(workflowId, runId).executeUpdate<RunStatus, [PauseRequest]>(RUN_MESSAGES.pause, {
      args: [checked(request, parsePause(request, 'pause'))],
    });
  }

  /** Resumes a paused run. */
  async resume(workflowId: string, request: PauseRequest, runId?: string): Promise<RunStatus> {
    return this.run(workflowId, runId).executeUpdate<RunStatus, [PauseRequest]>(RUN_MESSAGES.resume, {
      args: [checked(request, parsePause(request, 'resume'))],
    });
  }

  /** Asks a run to end; what was sent is settled and committed first. */
  async cancel(workflowId: string, runId?: string): Promise<void> {
    await this.run(workflowId, runId).cancel();
  }

  /** Waits for the end of a run. */
  async result(workflowId: string, runId?: string): Promise<RunResult> {
    return this.run(workflowId, runId).result();
  }

  /** The latest run of an id, or nothing if there is none or the id belongs to another kind of workflow. */
  async find(workflowId: string): Promise<RunRecord | undefined> {
    return findRun(this.temporal, WORKFLOW_TYPES.activateAudience, workflowId);
  }

  /** Runs that held an audience, newest first, by the id of the workflow that holds it; the list is eventually consistent. */
  async *runsOfAudience(audienceId: string): AsyncGenerator<ActivationListing> {
    const query = `WorkflowType = '${WORKFLOW_TYPES.runAudience}' AND WorkflowId = '${audienceId}'`;
    for await (const held of this.temporal.workflow.list({ query })) {
      const { workflowId, runId } = held.parentExecution ?? {};
      if (!workflowId || !runId) continue;
      const releasedAt = held.closeTime?.toISOString();
      yield { workflowId, runId, heldAt: held.startTime.toISOString(), releasedAt };
    }
  }

  /** An integration's settings and audiences, or nothing if there is none of that name. */
  async integration(name: string): Promise<IntegrationState | undefined> {
    try {
      const handle = this.temporal.workflow.getHandle(integrationWorkflowId(name));
      return (await handle.query<IntegrationState | null>(INTEGRATION_MESSAGES.describe)) ?? undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** All integrations; the list is eventually consistent. */
  async *integrations(): AsyncGenerator<IntegrationState> {
    const query = `WorkflowType = '${WORKFLOW_TYPES.integration}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of this.temporal.workflow.list({ query })) {
      const state = await this.integration(workflowId.slice(integrationWorkflowId('').length));
      if (state) yield state;
    }
  }

  /** All audiences of all integrations, or of one. */
  async *audiences(integration?: string): AsyncGenerator<AudienceListing> {
    for await (const state of this.integrations()) {
      if (integration !== undefined && state.settings.name !== integration) continue;
      for (const audience of Object.values(state.audiences))
        yield { integration: state.settings.name, ...audience };
    }
  }

  /** Runs, newest first; the list is eventually consistent. */
  async *runs(options: { running?: boolean } = {}): AsyncGenerator<RunListing> {
    const running = options.running ? ` AND ExecutionStatus = 'Running'` : '';
    const query = `WorkflowType = '${WORKFLOW_TYPES.activateAudience}'${running}`;
    for await (const run of this.temporal.workflow.list({ query })) {
      yield listingOf(run);
    }
  }

  private run(workflowId: string, runId?: string): WorkflowHandle<() => Promise<RunResult>> {
    return this.temporal.workflow.getHandle<() => Promise<RunResult>>(workflowId, runId);
  }

  private answer(
    message: 'confirm' | 'dispute',
    workflowId: string,
    answer: ConfirmationAnswer,
    { runId, updateId }: { runId?: string | undefined; updateId?: string | undefined },
  ): Promise<ConfirmationResult> {
    return this.run(workflowId, runId).executeUpdate<ConfirmationResult, [ConfirmationAnswer]>(message, {
      args: [checked(answer, parseConfirmation(answer, message))],
      ...(updateId === undefined ? {} : { updateId }),
    });
  }
}
