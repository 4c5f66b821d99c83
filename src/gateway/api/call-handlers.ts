import { fault, success, type Outcome } from '../../contract/errors';
import { callQuerySchema, deadLetterQuerySchema, redriveSchema } from '../../contract/schemas/http-streaming';
import { parseInput } from '../../contract/schemas/parse-input';
import { type CALL_OPERATIONS } from './call-operations';
import { recordedAs } from './callers';
import { answered, type ApiAnswer, type ApiCall } from './handler';
import { type CallBook, type StreamServices } from './streaming';

/** Does what an operation on calls says. */
type Handler = (call: ApiCall, services: Pick<StreamServices, 'calls'>) => Promise<Outcome<ApiAnswer>>;

/** One handler for each operation on calls. */
export const CALL_HANDLERS: Record<keyof typeof CALL_OPERATIONS, Handler> = {
  listCalls: (call, { calls }) => listCalls(call, calls),
  async listDeadLetters({ query }, { calls }) {
    const wanted = parseInput(deadLetterQuerySchema, query, 'The query');
    if (!wanted.ok) return wanted;
    const { after, limit, ...filter } = wanted.value;
    return answered(await calls.deadLetters(filter, { after, limit }));
  },
  async redriveDeadLetters({ caller, body }, { calls }) {
    const wanted = parseInput(redriveSchema, body, 'redrive');
    if (!wanted.ok) return wanted;
    const { by, dryRun, ...filter } = wanted.value;
    return answered(await calls.redrive(filter, dryRun ? undefined : recordedAs(caller, by)));
  },
};

async function listCalls(
  { caller, permissions, query }: ApiCall,
  calls: CallBook,
): Promise<Outcome<ApiAnswer>> {
  const wanted = parseInput(callQuerySchema, query, 'The query');
  if (!wanted.ok) return wanted;
  const { people, ...asked } = wanted.value;
  if (people === 'true' && !permissions.includes('people'))
    return fault('API_FORBIDDEN', `The key of "${caller}" has no permission "people".`);
  const page = await calls.ended(asked);
  if (!page.ok || people === 'true') return answered(page);
  const withoutPeople = page.value.calls.map(
    ({ profileId: _profile, externalId: _external, ...call }) => call,
  );
  return success({ body: { ...page.value, calls: withoutPeople } });
}
