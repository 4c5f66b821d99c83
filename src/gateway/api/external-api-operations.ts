import { versionQuerySchema } from '../../contract/schemas/http-streaming';
import { BAD_BODY, BAD_QUERY, KEY_REUSED, type ApiOperation } from './operation';

const NO_TEST = 'No test has that id.';
const NO_API = 'No External API has that name, or no such version.';

/** What is done about External APIs, by operation id. */
export const EXTERNAL_API_OPERATIONS = {
  listExternalApis: {
    method: 'GET',
    path: '/external-apis',
    permission: 'read',
    summary: 'List the External APIs',
    success: { status: 200, schema: 'ExternalApiList', description: 'All, with their latest versions.' },
    refusals: {},
  },
  saveExternalApi: {
    method: 'POST',
    path: '/external-apis',
    permission: 'start',
    summary: 'Save an External API',
    description:
      'The same definition again is the version that it was; any other makes a new one, which is untested.',
    body: 'ExternalApi',
    largestBodyKiB: 256,
    success: { status: 200, schema: 'ExternalApiVersion', description: 'The version that it is now.' },
    refusals: { 400: BAD_BODY, 422: 'The payload is about several people.' },
  },
  getExternalApi: {
    method: 'GET',
    path: '/external-apis/{externalApi}',
    permission: 'read',
    summary: 'See a version of an External API',
    query: versionQuerySchema,
    success: { status: 200, schema: 'ExternalApiVersion', description: 'The version and its verdicts.' },
    refusals: { 400: BAD_QUERY, 404: NO_API },
  },
  listVerdicts: {
    method: 'GET',
    path: '/external-apis/{externalApi}/verdicts',
    permission: 'read',
    summary: 'List what tests have shown',
    description: 'Of each version, integration and REST key the verdict that counts, which is the latest.',
    success: { status: 200, schema: 'VerdictList', description: 'The verdicts.' },
    refusals: { 400: BAD_QUERY, 404: NO_API },
  },
  startExternalApiTest: {
    method: 'POST',
    path: '/external-api-tests',
    permission: 'start',
    summary: 'Test an External API on a test person',
    description:
      'The body is the input of the workflow testExternalApi: one call is sent, the profile is read back and put back. Temporal keeps the values, so they have to be those of a test person.',
    body: 'TestExternalApiInput',
    largestBodyKiB: 256,
    startsRun: true,
    success: { status: 202, schema: 'StartedActivation', description: 'Started; Location is the test.' },
    refusals: { 400: BAD_BODY, 409: KEY_REUSED, 422: 'The payload is about several people.' },
  },
  getExternalApiTest: {
    method: 'GET',
    path: '/external-api-tests/{workflowId}',
    permission: 'read',
    summary: 'See a test of an External API',
    description: 'Its stages while it is under way, then its result, however it was started.',
    success: { status: 200, schema: 'ExternalApiTest', description: 'The test.' },
    refusals: { 404: NO_TEST },
  },
  cancelExternalApiTest: {
    method: 'POST',
    path: '/external-api-tests/{workflowId}/cancel',
    permission: 'decide',
    summary: 'Ask a test of an External API to end',
    description:
      'What was sent is put back first, as far as that can be. A test that was cancelled has no verdict.',
    body: 'PersonalRequest',
    isBodyOptional: true,
    success: { status: 202, schema: 'ActivationReference', description: 'Asked.' },
    refusals: { 400: BAD_BODY, 404: NO_TEST, 409: 'The run has ended.' },
  },
} as const satisfies Record<string, ApiOperation>;
