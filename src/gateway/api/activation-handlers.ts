import { success, type Outcome } from '../../contract/errors';
import { checkActivationInput } from '../../contract/schemas/activate-audience';
import { audienceQuerySchema, planDecisionSchema } from '../../contract/schemas/http-api';
import { parseInput } from '../../contract/schemas/parse-input';
import { type ActivationRuns } from './activation-runs';
import { recordedAs } from './callers';
import { type ACTIVATION_OPERATIONS } from './activation-operations';
import {
  answered,
  cancelled,
  checkedKey,
  recordedPerson,
  startedAt,
  type ApiAnswer,
  type ApiCall,
} from './handler';

/** Does what an operation on activations says. */
export type ActivationHandler = (call: ApiCall, runs: ActivationRuns) => Promise<Outcome<ApiAnswer>>;

/** One handler for each operation on activations. */
export const ACTIVATION_HANDLERS: Record<keyof typeof ACTIVATION_OPERATIONS, ActivationHandler> = {
  startActivation,
  listActivations,
  getActivation: async ({ params }, runs) => answered(await runs.view(idOf(params))),
  approveActivation: (call, runs) => decide('approve', call, runs),
  rejectActivation: (call, runs) => decide('reject', call, runs),
  confirmActivation: (call, runs) => answer('confirm', call, runs),
  disputeActivation: (call, runs) => answer('dispute', call, runs),
  pauseActivation: (call, runs) => hold('pause', call, runs),
  resumeActivation: (call, runs) => hold('resume', call, runs),
  cancelActivation: cancelled,
};

async function startActivation(call: ApiCall, runs: ActivationRuns): Promise<Outcome<ApiAnswer>> {
  const { caller } = call;
  const key = checkedKey(call);
  if (!key.ok) return key;
  const idempotencyKey = key.value;
  const input = checkActivationInput(call.body);
  if (!input.ok) return input;
  return startedAt('/activations', await runs.start({ input: input.value, caller, idempotencyKey }));
}

async function listActivations({ query }: ApiCall, runs: ActivationRuns): Promise<Outcome<ApiAnswer>> {
  const audience = parseInput(audienceQuerySchema, query, 'GET /v1/activations');
  if (!audience.ok) return audience;
  const listed = await runs.ofAudience(audience.value);
  return listed.ok ? success({ body: { activations: listed.value } }) : listed;
}

async function decide(
  decision: 'approve' | 'reject',
  { caller, params, body }: ApiCall,
  runs: ActivationRuns,
): Promise<Outcome<ApiAnswer>> {
  const request = parseInput(planDecisionSchema, body, decision);
  if (!request.ok) return request;
  const { planHash, by } = request.value;
  return answered(await runs.decide(idOf(params), decision, { planHash, by: recordedAs(caller, by) }));
}

async function answer(
  given: 'confirm' | 'dispute',
  call: ApiCall,
  runs: ActivationRuns,
): Promise<Outcome<ApiAnswer>> {
  const by = recordedPerson(given, call);
  return by.ok ? answered(await runs.answer(idOf(call.params), given, { by: by.value, via: 'update' })) : by;
}

async function hold(
  order: 'pause' | 'resume',
  call: ApiCall,
  runs: ActivationRuns,
): Promise<Outcome<ApiAnswer>> {
  const by = recordedPerson(order, call);
  return by.ok ? answered(await runs.hold(idOf(call.params), order, { by: by.value })) : by;
}

function idOf({ workflowId = '' }: ApiCall['params']): string {
  return workflowId;
}
