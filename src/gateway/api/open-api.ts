import { API_SCHEMAS, audienceQuerySchema, type ApiSchemaName } from '../../contract/schemas/http-api';
import { type JsonSchema, toJsonSchema } from '../../contract/schemas/json-schema';
import { API_OPERATIONS, type ApiOperation } from './operations';

/** Version of what is described; the first number is that of the path. */
const API_VERSION = '1.0.0';

const ALWAYS: Readonly<Record<number, string>> = {
  401: 'No key, or a wrong one.',
  403: 'The key lacks the permission.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  500: 'A fault of Brazier; please report it.',
  503: 'Temporal, or the worker behind it, does not answer; come again.',
};

/** The API as an OpenAPI 3.1 document, made from the very operations and schemas that the gateway answers by. */
export function renderOpenApi(): JsonSchema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Brazier',
      version: API_VERSION,
      description:
        'Starts audience activations into Braze, shows them, and takes decisions about them. docs/http-api.md is the guide. Fields may be added to answers; ignore those that you do not know.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/v1', description: 'The gateway that serves this document.' }],
    security: [{ key: [] }],
    paths: renderPaths(Object.entries(API_OPERATIONS)),
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of BRAZIER_API_KEYS.' },
      },
      schemas: Object.fromEntries(
        Object.entries(API_SCHEMAS).map(([name, schema]) => [name, toJsonSchema(schema)]),
      ),
    },
  };
}

function renderPaths(operations: readonly [id: string, operation: ApiOperation][]): JsonSchema {
  const paths: Record<string, JsonSchema> = {
    '/openapi.json': { get: DESCRIPTION_OPERATION },
  };
  for (const [id, operation] of operations) {
    const method = operation.method.toLowerCase();
    paths[operation.path] = { ...paths[operation.path], [method]: renderOperation(id, operation) };
  }
  return paths;
}

const DESCRIPTION_OPERATION: JsonSchema = {
  operationId: 'getDescription',
  summary: 'This document',
  security: [],
  responses: {
    200: {
      description: 'The API, described.',
      content: { 'application/json': { schema: { type: 'object' } } },
    },
    404: errorAnswer('The API is off.'),
  },
};

function renderOperation(operationId: string, operation: ApiOperation): JsonSchema {
  const { summary, description, permission, body, success } = operation;
  const parameters = parametersOf(operation);
  return {
    operationId,
    summary,
    description: [description, `Needs the permission ${permission}.`].filter(Boolean).join(' '),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: {
      [success.status]: {
        description: success.description,
        ...(operation.path === '/activations' && operation.method === 'POST' ? { headers: LOCATION } : {}),
        ...content(success.schema),
      },
      ...refusals(operation),
    },
  };
}

const LOCATION: JsonSchema = {
  Location: { description: 'Path of the run.', required: true, schema: { type: 'string' } },
};

function parametersOf({ path, method }: ApiOperation): JsonSchema[] {
  if (path.includes('{workflowId}')) {
    const description = 'Workflow id of the run, URL-encoded, slashes included.';
    return [{ name: 'workflowId', in: 'path', required: true, description, schema: { type: 'string' } }];
  }
  return method === 'POST' ? [IDEMPOTENCY_KEY] : audienceParameters();
}

const IDEMPOTENCY_KEY: JsonSchema = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes a repeated request safe: the same key with the same body gets the run that the first one started, with another body 409. Counts per caller, as long as Temporal keeps the run.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
};

function audienceParameters(): JsonSchema[] {
  return Object.entries(audienceQuerySchema.shape).map(([name, field]) => {
    const { description, ...schema } = toJsonSchema(field);
    return { name, in: 'query', required: !field.safeParse(undefined).success, description, schema };
  });
}

/** Where only a person can stand in the body, none is needed. */
function requestBody(schema: ApiSchemaName): JsonSchema {
  return { required: schema !== 'PersonalRequest', ...content(schema) };
}

function refusals({ refusals: own, body }: ApiOperation): JsonSchema {
  const always = Object.entries(ALWAYS).filter(
    ([status]) => body !== undefined || (status !== '413' && status !== '415'),
  );
  const all = { 404: 'The API is off.', ...own, ...Object.fromEntries(always) };
  return Object.fromEntries(
    Object.entries(all).map(([status, description]) => [status, errorAnswer(description)]),
  );
}

function errorAnswer(description: string): JsonSchema {
  return { description, ...content('Error') };
}

function content(schema: ApiSchemaName): JsonSchema {
  return { content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } };
}
