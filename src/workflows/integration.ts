import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import {
  type BeginAnswer,
  type BeginRequest,
  type CommitRequest,
  type ConfigureRequest,
  type EndRequest,
  type HoldsRequest,
  INTEGRATION_MESSAGES,
  type IntegrationState,
} from '../contract/entity';
import { type EmptyRequest } from '../contract/messages';
import { beginRun, commitLedger, endRun, holds, mayCommit } from '../domain/integration-state';
import { describeIntegration } from '../domain/describe-integration';
import { fieldsProblem } from '../domain/message-rules';

const configure = defineUpdate<'created' | 'updated', [ConfigureRequest]>(INTEGRATION_MESSAGES.configure);
const begin = defineUpdate<BeginAnswer, [BeginRequest]>(INTEGRATION_MESSAGES.begin);
const commit = defineUpdate<number, [CommitRequest]>(INTEGRATION_MESSAGES.commit);
const end = defineUpdate<number, [EndRequest]>(INTEGRATION_MESSAGES.end);
const holdsQuery = defineQuery<boolean, [HoldsRequest]>(INTEGRATION_MESSAGES.holds);
const describe = defineQuery<IntegrationState | null, [EmptyRequest?]>(INTEGRATION_MESSAGES.describe);

/** What an integration's entity goes on from. */
export interface IntegrationInput {
  name: string;
  state?: IntegrationState;
}

/**
 * An integration: its settings and, per audience, generation, slot and ledger pointer. It lives for ever and is
 * changed by idempotent Updates only; its state is small, since members live in the state bucket.
 */
export async function integration(input: IntegrationInput): Promise<void> {
  let state = input.state;
  const show = () => {
    if (state) setCurrentDetails(describeIntegration(state));
  };
  const known = (): IntegrationState => {
    if (!state)
      throw ApplicationFailure.nonRetryable(
        `integration "${input.name}" is not set up`,
        'INTEGRATION_UNKNOWN',
      );
    return state;
  };

  /** Validators are plain and synchronous: an Update of the wrong shape must be refused before it can touch the state. */
  const demand = (request: unknown, fields: readonly string[]) => {
    const problem = fieldsProblem(request, fields);
    if (problem) throw ApplicationFailure.nonRetryable(problem, 'INPUT_INVALID');
  };

  setHandler(
    configure,
    ({ settings, segmentIds }) => {
      const change = state ? 'updated' : 'created';
      state = { settings, segmentIds, audiences: state?.audiences ?? {} };
      show();
      return change;
    },
    {
      description: 'Create or change the integration; its audiences stay. Sent by setupIntegration.',
      validator: (request: ConfigureRequest) => {
        demand(request, ['settings', 'segmentIds']);
        demand(request.settings, ['name', 'braze', 'exchange', 'attributes', 'features']);
        demand(request.settings.braze, ['endpoint', 'restKey', 'objectsPerRequest', 'applyLagSeconds']);
      },
    },
  );
  setHandler(
    begin,
    (request) => {
      const answer = beginRun(known().audiences, request);
      show();
      return answer;
    },
    {
      description: 'A run begins: raises the audience’s generation.',
      validator: (request: BeginRequest) => {
        demand(request, [
          'key',
          'audience',
          'attribute',
          'identifier',
          'valueLimit',
          'token',
          'parent',
          'dryRun',
        ]);
        known();
      },
    },
  );
  setHandler(
    commit,
    (request) => {
      commitLedger(known().audiences, request);
      show();
      return request.generation;
    },
    {
      description: 'A run commits its ledger; only the audience’s current generation may.',
      validator: (request: CommitRequest) => {
        demand(request, ['key', 'generation', 'ledger', 'closes']);
        demand(request.ledger, ['generation', 'file', 'manifest', 'members', 'unsure']);
        if (mayCommit(known().audiences, request)) return;
        throw ApplicationFailure.nonRetryable(
          `generation ${request.generation} no longer holds the audience`,
          'GENERATION_CLOSED',
        );
      },
    },
  );
  setHandler(
    end,
    (request) => {
      endRun(known().audiences, request);
      show();
      return request.generation;
    },
    {
      description: 'A run has ended.',
      validator: (request: EndRequest) => {
        demand(request, ['key', 'generation', 'outcome', 'sentNothing', 'at']);
        known();
      },
    },
  );
  setHandler(
    holdsQuery,
    ({ key, generation }) => state !== undefined && holds(state.audiences, key, generation),
    {
      description: 'Whether a generation of an audience may still write.',
    },
  );
  setHandler(describe, () => state ?? null, {
    description: 'Settings (references, no secrets) and audiences.',
  });
  show();

  await condition(() => workflowInfo().continueAsNewSuggested && allHandlersFinished());
  await continueAsNew<typeof integration>(state ? { name: input.name, state } : { name: input.name });
}
