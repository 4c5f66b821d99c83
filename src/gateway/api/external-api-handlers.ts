import { success, type Outcome } from '../../contract/errors';
import { type TestExternalApiInput } from '../../contract/external-api';
import { parseExternalApi, parseExternalApiTest } from '../../contract/schemas/external-api';
import { ADDRESS_SCHEMAS, versionQuerySchema } from '../../contract/schemas/http-streaming';
import { parseInput, strictObject } from '../../contract/schemas/parse-input';
import { recordedAs } from './callers';
import { type EXTERNAL_API_OPERATIONS } from './external-api-operations';
import { answered, cancelled, checkedKey, startedAt, type ApiAnswer, type ApiCall } from './handler';
import { type StreamServices } from './streaming';

/** Does what an operation on External APIs says. */
type Handler = (
  call: ApiCall,
  services: Pick<StreamServices, 'externalApis' | 'tests'>,
) => Promise<Outcome<ApiAnswer>>;

const addressSchema = strictObject({ externalApi: ADDRESS_SCHEMAS.externalApi });

/** One handler for each operation on External APIs. */
export const EXTERNAL_API_HANDLERS: Record<keyof typeof EXTERNAL_API_OPERATIONS, Handler> = {
  async listExternalApis(_call, { externalApis }) {
    const listed = await externalApis.list();
    return listed.ok ? success({ body: { externalApis: listed.value } }) : listed;
  },
  async saveExternalApi({ caller, body }, { externalApis }) {
    const definition = parseExternalApi(body);
    if (!definition.ok) return definition;
    return answered(await externalApis.save(definition.value, recordedAs(caller, undefined)));
  },
  async getExternalApi({ params, query }, { externalApis }) {
    const name = parseInput(addressSchema, params, 'The address');
    if (!name.ok) return name;
    const wanted = parseInput(versionQuerySchema, query, 'The query');
    if (!wanted.ok) return wanted;
    return answered(await externalApis.show(name.value.externalApi, wanted.value.version));
  },
  async listVerdicts({ params }, { externalApis }) {
    const name = parseInput(addressSchema, params, 'The address');
    if (!name.ok) return name;
    const verdicts = await externalApis.verdicts(name.value.externalApi);
    return verdicts.ok ? success({ body: { verdicts: verdicts.value } }) : verdicts;
  },
  startExternalApiTest,
  getExternalApiTest: async ({ params: { workflowId = '' } }, { tests }) =>
    answered(await tests.view(workflowId)),
  cancelExternalApiTest: (call, { tests }) => cancelled(call, tests),
};

async function startExternalApiTest(
  call: ApiCall,
  { tests }: Pick<StreamServices, 'tests'>,
): Promise<Outcome<ApiAnswer>> {
  const { caller, body } = call;
  const key = checkedKey(call);
  if (!key.ok) return key;
  const checked = parseExternalApiTest(body);
  if (!checked.ok) return checked;
  // As it was given: the workflow fills in the defaults itself.
  const input = { ...(body as TestExternalApiInput) };
  if (input.acceptAnswerOnly) input.acceptAnswerOnly = { by: recordedAs(caller, input.acceptAnswerOnly.by) };
  return startedAt(
    '/external-api-tests',
    await tests.start({ request: body, input, caller, idempotencyKey: key.value }),
  );
}
