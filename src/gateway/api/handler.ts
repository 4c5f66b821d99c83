import { fault, success, type Outcome } from '../../contract/errors';
import { type ActivationReference, type ApiPermission } from '../../contract/http-api';
import { personalRequestSchema } from '../../contract/schemas/http-api';
import { parseInput } from '../../contract/schemas/parse-input';
import { recordedAs } from './callers';

/** A request whose caller is known and may do this; nothing of it has been checked otherwise. */
export interface ApiCall {
  caller: string;
  permissions: readonly ApiPermission[];
  /** What stands in the address, by name, as it came. */
  params: Readonly<Record<string, string>>;
  query: unknown;
  body: unknown;
  idempotencyKey: string | undefined;
}

/** What is answered. */
export interface ApiAnswer {
  body: object;
  location?: string;
}

/** Printable ASCII: anything else is a mistake on the way, and long keys are no better than short ones. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** The key under which a start may be repeated. */
export function checkedKey({ idempotencyKey }: ApiCall): Outcome<string | undefined> {
  if (idempotencyKey === undefined || IDEMPOTENCY_KEY.test(idempotencyKey)) return success(idempotencyKey);
  return fault(
    'INPUT_INVALID',
    'Idempotency-Key has to be 1 to 255 printable ASCII characters without spaces.',
  );
}

/** Who is recorded. A body is not needed where only a person could stand in it. */
export function recordedPerson(taker: string, { caller, body }: ApiCall): Outcome<string> {
  const request = parseInput(personalRequestSchema, body ?? {}, taker);
  return request.ok ? success(recordedAs(caller, request.value.by)) : request;
}

/** What was found out is the body of the answer. */
export function answered(outcome: Outcome<object>): Outcome<ApiAnswer> {
  return outcome.ok ? success({ body: outcome.value }) : outcome;
}

/** Refuses an integration that there is none of, where nothing would be found and nobody could say why. */
export async function knownIntegration(
  integration: string,
  { knowsIntegration }: { knowsIntegration: (integration: string) => Promise<Outcome<boolean>> },
): Promise<Outcome<void>> {
  const known = await knowsIntegration(integration);
  if (!known.ok) return known;
  if (known.value) return success(undefined);
  return fault('INTEGRATION_UNKNOWN', `There is no integration "${integration}".`);
}

/** Asks a run to end. */
export async function cancelled(
  call: ApiCall,
  runs: { cancel(workflowId: string): Promise<Outcome<ActivationReference>> },
): Promise<Outcome<ApiAnswer>> {
  const by = recordedPerson('cancel', call);
  return by.ok ? answered(await runs.cancel(call.params['workflowId'] ?? '')) : by;
}

/** A start is answered with where what was started is found; slashes in its id are encoded, since the id is one part of the path. */
export function startedAt(path: string, started: Outcome<{ workflowId: string }>): Outcome<ApiAnswer> {
  if (!started.ok) return started;
  const { value: body } = started;
  return success({ body, location: `/v1${path}/${encodeURIComponent(body.workflowId)}` });
}
