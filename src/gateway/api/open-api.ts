import { type ApiSchemaName } from '../../contract/schemas/http-api';
import { ADDRESS_SCHEMAS } from '../../contract/schemas/http-streaming';
import { type JsonSchema, toJsonSchema } from '../../contract/schemas/json-schema';
import { EVENT_OPERATIONS, type EventOperation } from '../events/operations';
import { type ApiOperation } from './operation';
import { renderSchemas } from './open-api-schemas';
import { API_OPERATIONS } from './operations';

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
        'Starts audience activations into Braze, shows them, takes decisions about them, captures events, and defines, tests, activates and shows what streams them into Braze. docs/http-api.md and docs/capture.md are the guides. Fields may be added to answers; ignore those that you do not know.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/v1', description: 'The gateway that serves this document.' }],
    security: [{ key: [] }],
    paths: renderPaths(Object.entries(API_OPERATIONS)),
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of BRAZIER_API_KEYS.' },
        source: { type: 'http', scheme: 'bearer', description: 'A key of BRAZIER_EVENT_SOURCES.' },
      },
      schemas: renderSchemas(),
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
  for (const [id, operation] of Object.entries(EVENT_OPERATIONS))
    paths[operation.path] = { ...paths[operation.path], post: renderCapture(id, operation) };
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
    ...(body === undefined
      ? {}
      : { requestBody: { required: operation.isBodyOptional !== true, ...content(body) } }),
    responses: {
      [success.status]: {
        description: success.description,
        ...(operation.startsRun ? { headers: LOCATION } : {}),
        ...content(success.schema),
      },
      ...refusals(operation),
    },
  };
}

const CAPTURE_REFUSALS: Readonly<Record<number, string>> = {
  400: 'The body is no event and no list of events.',
  401: 'No key of a source, or a wrong one.',
  403: 'The key is for another integration.',
  404: 'Capture is off, or the integration does not exist.',
  413: 'The body is larger than 4 MiB.',
  415: 'The body is not JSON.',
  422: 'Not one event can be captured; fields says why, event by event.',
  429: 'Too many events wait to be worked off; come again after Retry-After seconds.',
  500: 'A fault of Brazier; please report it.',
  503: 'The database does not answer; whether the events were taken is unknown: post them again with the same ids.',
};

function renderCapture(operationId: string, { path, summary, description }: EventOperation): JsonSchema {
  const integration = {
    name: 'integration',
    in: 'path',
    required: true,
    description: 'Name of the integration.',
    schema: { type: 'string' },
  };
  return {
    operationId,
    summary,
    description,
    security: [{ source: [] }],
    parameters: [...(path.includes('{integration}') ? [integration] : []), EVENT_KEY],
    requestBody: { required: true, ...content('Events') },
    responses: {
      202: { description: 'In the event log, durably, but for the refused.', ...content('EventsAnswer') },
      ...Object.fromEntries(
        Object.entries(CAPTURE_REFUSALS).map(([status, sentence]) => [status, errorAnswer(sentence)]),
      ),
    },
  };
}

const EVENT_KEY: JsonSchema = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The id of a single event that has none; another than its own is refused.',
  schema: { type: 'string', maxLength: 255 },
};

const LOCATION: JsonSchema = {
  Location: { description: 'Path of the run.', required: true, schema: { type: 'string' } },
};

function parametersOf({ path, query, startsRun }: ApiOperation): JsonSchema[] {
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name));
  return [
    ...named,
    ...(query === undefined ? [] : queryParameters(query)),
    ...(startsRun ? [IDEMPOTENCY_KEY] : []),
  ];
}

function pathParameter(name: string): JsonSchema {
  const [, known] = Object.entries(ADDRESS_SCHEMAS).find(([part]) => part === name) ?? [];
  const { description = RUN_ID, ...schema } = known === undefined ? { type: 'string' } : toJsonSchema(known);
  return { name, in: 'path', required: true, description, schema };
}

const RUN_ID = 'Workflow id of the run, URL-encoded, slashes included.';

const IDEMPOTENCY_KEY: JsonSchema = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes a repeated request safe: the same key with the same body gets the run that the first one started, with another body 409. Counts per caller, as long as Temporal keeps the run.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
};

function queryParameters({ shape }: NonNullable<ApiOperation['query']>): JsonSchema[] {
  return Object.entries(shape).map(([name, field]) => {
    const { description, ...schema } = toJsonSchema(field);
    return { name, in: 'query', required: !field.safeParse(undefined).success, description, schema };
  });
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
