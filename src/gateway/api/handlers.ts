import { fault, success, type Outcome } from '../../contract/errors';
import { checkActivationInput } from '../../contract/schemas/activate-audience';
import {
  audienceQuerySchema,
  personalRequestSchema,
  planDecisionSchema,
} from '../../contract/schemas/http-api';
import { parseInput } from '../../contract/schemas/parse-input';
import { type ActivationRuns } from './activation-runs';
import { recordedAs } from './callers';
import { type OperationId } from './operations';

/** A request whose caller is known and may do this; nothing of it has been checked otherwise. */
export interface ApiCall {
  caller: string;
  /** Blank where the path has none. */
  workflowId: string;
  query: unknown;
  body: unknown;
  idempotencyKey: string | undefined;
}

/** What is answered. */
export interface ApiAnswer {
  body: object;
  location?: string;
}

/** Does what an operation says. */
export type ApiHandler = (call: ApiCall, runs: ActivationRuns) => Promise<Outcome<ApiAnswer>>;

/** Printable ASCII: anything else is a mistake on the way, and long keys are no better than short ones. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** One handler for each operation. */
export const API_HANDLERS: Record<OperationId, ApiHandler> = {
  startActivation,
  listActivations,
  getActivation: async ({ workflowId }, runs) => answered(await runs.view(workflowId)),
  approveActivation: (call, runs) => decide('approve', call, runs),
  rejectActivation: (call, runs) => decide('reject', call, runs),
  confirmActivation: (call, runs) => answer('confirm', call, runs),
  disputeActivation: (call, runs) => answer('dispute', call, runs),
  pauseActivation: (call, runs) => hold('pause', call, runs),
  resumeActivation: (call, runs) => hold('resume', call, runs),
  cancelActivation,
};

/** Where a run is found; slashes in its id are encoded, since the id is one part of the path. */
export function locationOf(workflowId: string): string {
  return `/v1/activations/${encodeURIComponent(workflowId)}`;
}

async function startActivation(call: ApiCall, runs: ActivationRuns): Promise<Outcome<ApiAnswer>> {
  const { caller, idempotencyKey } = call;
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    return fault(
      'INPUT_INVALID',
      'Idempotency-Key has to be 1 to 255 printable ASCII characters without spaces.',
    );
  }
  const input = checkActivationInput(call.body);
  if (!input.ok) return input;
  const started = await runs.start({ input: input.value, caller, idempotencyKey });
  if (!started.ok) return started;
  return success({ body: started.value, location: locationOf(started.value.workflowId) });
}

async function listActivations({ query }: ApiCall, runs: ActivationRuns): Promise<Outcome<ApiAnswer>> {
  const audience = parseInput(audienceQuerySchema, query, 'GET /v1/activations');
  if (!audience.ok) return audience;
  const listed = await runs.ofAudience(audience.value);
  return listed.ok ? success({ body: { activations: listed.value } }) : listed;
}

async function decide(
  decision: 'approve' | 'reject',
  { caller, workflowId, body }: ApiCall,
  runs: ActivationRuns,
): Promise<Outcome<ApiAnswer>> {
  const request = parseInput(planDecisionSchema, body, decision);
  if (!request.ok) return request;
  const { planHash, by } = request.value;
  return answered(await runs.decide(workflowId, decision, { planHash, by: recordedAs(caller, by) }));
}

async function answer(
  given: 'confirm' | 'dispute',
  call: ApiCall,
  runs: ActivationRuns,
): Promise<Outcome<ApiAnswer>> {
  const by = recordedPerson(given, call);
  return by.ok ? answered(await runs.answer(call.workflowId, given, { by: by.value, via: 'update' })) : by;
}

async function hold(
  order: 'pause' | 'resume',
  call: ApiCall,
  runs: ActivationRuns,
): Promise<Outcome<ApiAnswer>> {
  const by = recordedPerson(order, call);
  return by.ok ? answered(await runs.hold(call.workflowId, order, { by: by.value })) : by;
}

async function cancelActivation(call: ApiCall, runs: ActivationRuns): Promise<Outcome<ApiAnswer>> {
  const by = recordedPerson('cancel', call);
  return by.ok ? answered(await runs.cancel(call.workflowId)) : by;
}

/** A body is not needed where only a person could stand in it. */
function recordedPerson(taker: string, { caller, body }: ApiCall): Outcome<string> {
  const request = parseInput(personalRequestSchema, body ?? {}, taker);
  return request.ok ? success(recordedAs(caller, request.value.by)) : request;
}

function answered(outcome: Outcome<object>): Outcome<ApiAnswer> {
  return outcome.ok ? success({ body: outcome.value }) : outcome;
}
