import { type Client } from '@temporalio/client';
import {
  type ApiTestStage,
  EXTERNAL_API_TEST_MESSAGES,
  type TestExternalApiInput,
  type TestExternalApiResult,
} from '../contract/external-api';
import { WORKFLOW_TYPES } from '../contract/names';
import { parseExternalApiTest } from '../contract/schemas/external-api';
import { findRun, type RunRecord } from './find-run';
import { checked } from './input-check';
import { startOptions, type StartOptions } from './start-options';

/** A started test of an External API. */
export interface ExternalApiTestHandle {
  workflowId: string;
  runId: string;
  /** Where it is. */
  stages(): Promise<ApiTestStage[]>;
  /** Waits for what it has shown; a test that could not be made rejects with Temporal's `WorkflowFailedError`. */
  result(): Promise<TestExternalApiResult>;
  /** Asks it to end; what it has sent to Braze is put back first, as far as that can be. */
  cancel(): Promise<void>;
}

type TestWorkflow = (input: TestExternalApiInput) => Promise<TestExternalApiResult>;

/** Tests of External APIs, through Temporal, which keeps their values: those of a test person. */
export class ExternalApiTests {
  private readonly temporal: Client;

  constructor(temporal: Client) {
    this.temporal = temporal;
  }

  /** Starts `testExternalApi` under the given id, or a fresh one. */
  async start(input: TestExternalApiInput, options: StartOptions = {}): Promise<ExternalApiTestHandle> {
    const handle = await this.temporal.workflow.start<TestWorkflow>(WORKFLOW_TYPES.testExternalApi, {
      ...startOptions(`test-external-api/${input.integration}`, options),
      args: [checked(input, parseExternalApiTest(input))],
    });
    return this.get(handle.workflowId, handle.firstExecutionRunId);
  }

  /** A test that was started, by its id. */
  get(workflowId: string, runId: string): ExternalApiTestHandle {
    const handle = this.temporal.workflow.getHandle<TestWorkflow>(workflowId, runId);
    return {
      workflowId,
      runId,
      stages: () => handle.query<ApiTestStage[], [object]>(EXTERNAL_API_TEST_MESSAGES.status, {}),
      result: () => handle.result(),
      async cancel() {
        await handle.cancel();
      },
    };
  }

  /** The latest test of an id, or nothing if there is none. */
  find(workflowId: string): Promise<RunRecord | undefined> {
    return findRun(this.temporal, WORKFLOW_TYPES.testExternalApi, workflowId);
  }
}
