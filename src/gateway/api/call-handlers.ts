import { fault, success, type Outcome } from '../../contract/errors';
import {
  callQuerySchema,
  deadLetterQuerySchema,
  deadLetterDecisionSchema,
} from '../../contract/schemas/http-streaming';
import { parseInput } from '../../contract/schemas/parse-input';
import { withoutPerson } from '../../contract/without-person';
import { type CALL_OPERATIONS } from './call-operations';
import { recordedAs } from './callers';
import { answered, knownIntegration, type ApiAnswer, type ApiCall } from './handler';
import { type StreamServices } from './streaming';

/** Does what an operation on calls says. */
type Services = Pick<StreamServices, 'calls' | 'knowsIntegration'>;
type Handler = (call: ApiCall, services: Services) => Promise<Outcome<ApiAnswer>>;

/** One handler for each operation on calls. */
export const CALL_HANDLERS: Record<keyof typeof CALL_OPERATIONS, Handler> = {
  listCalls,
  listDeadLetters,
  redriveDeadLetters: (call, services) => decide('redrive', call, services),
  discardDeadLetters: (call, services) => decide('discard', call, services),
};

async function decide(
  decision: 'redrive' | 'discard',
  { caller, body }: ApiCall,
  services: Services,
): Promise<Outcome<ApiAnswer>> {
  const wanted = parseInput(deadLetterDecisionSchema, body, decision);
  if (!wanted.ok) return wanted;
  const { by, dryRun, ...filter } = wanted.value;
  const known = await knownIntegration(filter.integration, services);
  if (!known.ok) return known;
  return answered(await services.calls[decision](filter, dryRun ? undefined : recordedAs(caller, by)));
}

async function listCalls(call: ApiCall, services: Services): Promise<Outcome<ApiAnswer>> {
  const wanted = parseInput(callQuerySchema, call.query, 'The query');
  if (!wanted.ok) return wanted;
  const { people, ...asked } = wanted.value;
  const allowed = mayAsk(people, call);
  if (!allowed.ok) return allowed;
  const known = await knownIntegration(asked.integration, services);
  if (!known.ok) return known;
  const page = await services.calls.ended(asked);
  if (!page.ok || people === 'true') return answered(page);
  return success({ body: { ...page.value, calls: page.value.calls.map((one) => withoutPerson(one, ASK)) } });
}

async function listDeadLetters(call: ApiCall, services: Services): Promise<Outcome<ApiAnswer>> {
  const wanted = parseInput(deadLetterQuerySchema, call.query, 'The query');
  if (!wanted.ok) return wanted;
  const { people, after, limit, ...filter } = wanted.value;
  const allowed = mayAsk(people, call);
  if (!allowed.ok) return allowed;
  const known = await knownIntegration(filter.integration, services);
  if (!known.ok) return known;
  const page = await services.calls.deadLetters(filter, { after, limit });
  if (!page.ok || people === 'true') return answered(page);
  return success({
    body: {
      ...page.value,
      deadLetters: page.value.deadLetters.map((letter) => withoutPerson(letter, ASK)),
    },
  });
}

function mayAsk(people: 'true' | 'false', { caller, permissions }: ApiCall): Outcome<void> {
  if (people === 'false' || permissions.includes('people')) return success(undefined);
  return fault('API_FORBIDDEN', `The key of "${caller}" has no permission "people".`);
}

const ASK = 'people=true';
