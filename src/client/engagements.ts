import {
  type Client,
  WithStartWorkflowOperation,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import {
  type ActivateEngagementInput,
  type ActivateEngagementResult,
  ACTIVATION_MESSAGES,
  type ActivateRequest,
  type ActivationStage,
  type ChangeRequest,
  ENGAGEMENT_MESSAGES,
  type EngagementChange,
  type EngagementStatus,
  type UpgradeRequest,
} from '../contract/engagement';
import { type EngagementKey } from '../contract/engagement-calls';
import { engagementStart } from '../contract/engagement-start';
import { type Outcome } from '../contract/errors';
import { type EmptyRequest } from '../contract/messages';
import { engagementWorkflowId, WORKFLOW_TYPES } from '../contract/names';
import {
  parseEngagement,
  parseEngagementActivate,
  parseEngagementChange,
  parseEngagementUpgrade,
} from '../contract/schemas/engagement';
import { integrationQuerySchema } from '../contract/schemas/http-streaming';
import { parseInput } from '../contract/schemas/parse-input';
import { findRun, type RunRecord } from './find-run';
import { checked, InputRefusedError } from './input-check';
import { startOptions, type StartOptions } from './start-options';

/** A started activation of an engagement. */
export interface EngagementActivationHandle {
  workflowId: string;
  runId: string;
  /** Where it is. */
  stages(): Promise<ActivationStage[]>;
  /** Waits for the end; a refused or failed one rejects with Temporal's `WorkflowFailedError`. */
  result(): Promise<ActivateEngagementResult>;
  /** Asks it to end; what is saved stays saved, and a test under way puts back what it has sent. */
  cancel(): Promise<void>;
}

type EntityWorkflow = (input: EngagementKey) => Promise<EngagementStatus | null>;
type ActivationWorkflow = (input: ActivateEngagementInput) => Promise<ActivateEngagementResult>;
type Request = ActivateRequest | ChangeRequest | UpgradeRequest;

/** Engagements, through Temporal; every input is checked before Temporal sees it. */
export class Engagements {
  private readonly temporal: Client;

  constructor(temporal: Client) {
    this.temporal = temporal;
  }

  /** Starts `activateEngagement`: saves, tests what has no verdict here, activates. */
  async activate(
    input: ActivateEngagementInput,
    options: StartOptions = {},
  ): Promise<EngagementActivationHandle> {
    const handle = await this.temporal.workflow.start<ActivationWorkflow>(WORKFLOW_TYPES.activateEngagement, {
      ...startOptions(`activate-engagement/${input.integration}`, options),
      args: [checked(input, parseEngagement(input))],
      staticSummary: `${input.name} on ${input.integration}`.slice(0, 200),
    });
    return this.activation(handle.workflowId, handle.firstExecutionRunId);
  }

  /** An activation that was started, by its id. */
  activation(workflowId: string, runId: string): EngagementActivationHandle {
    const handle = this.temporal.workflow.getHandle<ActivationWorkflow>(workflowId, runId);
    return {
      workflowId,
      runId,
      stages: () => handle.query<ActivationStage[], [object]>(ACTIVATION_MESSAGES.status, {}),
      result: () => handle.result(),
      async cancel() {
        await handle.cancel();
      },
    };
  }

  /** The latest activation of an id, or nothing if there is none. */
  findActivation(workflowId: string): Promise<RunRecord | undefined> {
    return findRun(this.temporal, WORKFLOW_TYPES.activateEngagement, workflowId);
  }

  /** Activates a saved draft; refused unless all that it uses has passed its test. */
  activateDraft(key: EngagementKey, request: ActivateRequest): Promise<EngagementStatus> {
    return this.change(key, 'activate', request, parseEngagementActivate(request));
  }

  /** Records who enters from now on, and sends nobody. */
  pause(key: EngagementKey, request: ChangeRequest): Promise<EngagementStatus> {
    return this.change(key, 'pause', request, parseEngagementChange(request, 'pause'));
  }

  /** Goes on; who entered meanwhile is sent or skipped, as the engagement says. */
  resume(key: EngagementKey, request: ChangeRequest): Promise<EngagementStatus> {
    return this.change(key, 'resume', request, parseEngagementChange(request, 'resume'));
  }

  /** Ends an engagement for good. */
  stop(key: EngagementKey, request: ChangeRequest): Promise<EngagementStatus> {
    return this.change(key, 'stop', request, parseEngagementChange(request, 'stop'));
  }

  /** Moves an engagement to other versions, which have to have passed their test. */
  upgrade(key: EngagementKey, request: UpgradeRequest): Promise<EngagementStatus> {
    return this.change(key, 'upgrade', request, parseEngagementUpgrade(request));
  }

  /** Where an engagement is; also of one that was stopped, as long as Temporal keeps its entity. */
  async status(key: EngagementKey): Promise<EngagementStatus> {
    const found = await this.find(key);
    if (found) return found;
    const message = `integration "${key.integration}" has no engagement "${key.name}"`;
    throw new InputRefusedError({ code: 'ENGAGEMENT_UNKNOWN', message });
  }

  /** As `status`, with everything read anew from the database; where that is away, `countedAt` tells of when the answer is. */
  async refresh(key: EngagementKey): Promise<EngagementStatus> {
    const known = await this.status(key);
    const fresh = await this.temporal.workflow.executeUpdateWithStart<
      EntityWorkflow,
      EngagementStatus | null,
      [EmptyRequest]
    >(ENGAGEMENT_MESSAGES.refresh, { args: [{}], startWorkflowOperation: entityOf(key) });
    return fresh ?? known;
  }

  /** Engagements, stopped ones as long as Temporal keeps their entities; the list is eventually consistent. */
  async *list(integration?: string): AsyncGenerator<EngagementStatus> {
    // It becomes a part of a query.
    if (integration !== undefined)
      checked(integration, parseInput(integrationQuerySchema, { integration }, 'The list'));
    const prefix = engagementWorkflowId(integration ?? '', '').slice(
      0,
      integration === undefined ? -1 : undefined,
    );
    const query = `WorkflowType = '${WORKFLOW_TYPES.engagement}' AND WorkflowId STARTS_WITH '${prefix}'`;
    const seen = new Set<string>();
    for await (const { workflowId } of this.temporal.workflow.list({ query })) {
      if (seen.has(workflowId)) continue;
      seen.add(workflowId);
      const status = await this.query(workflowId);
      if (status) yield status;
    }
  }

  private async find(key: EngagementKey): Promise<EngagementStatus | undefined> {
    return this.query(engagementWorkflowId(key.integration, key.name));
  }

  private async query(workflowId: string): Promise<EngagementStatus | undefined> {
    try {
      const handle: WorkflowHandle<EntityWorkflow> = this.temporal.workflow.getHandle(workflowId);
      return (await handle.query<EngagementStatus | null>(ENGAGEMENT_MESSAGES.status)) ?? undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** Starts the entity where it does not run: an engagement outlives whatever ended it. */
  private async change(
    key: EngagementKey,
    change: EngagementChange,
    request: Request,
    parsed: Outcome<unknown>,
  ): Promise<EngagementStatus> {
    const args: [Request] = [checked(request, parsed)];
    return this.temporal.workflow.executeUpdateWithStart<EntityWorkflow, EngagementStatus, [Request]>(
      change,
      { args, startWorkflowOperation: entityOf(key) },
    );
  }
}

function entityOf(key: EngagementKey): WithStartWorkflowOperation<EntityWorkflow> {
  return new WithStartWorkflowOperation<EntityWorkflow>(WORKFLOW_TYPES.engagement, engagementStart(key));
}
