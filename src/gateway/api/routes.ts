import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { type Fault } from '../../contract/errors';
import { type ApiPermission } from '../../contract/http-api';
import { refuse } from './answers';
import { callerOf, type ApiCaller } from './callers';
import { failedRequest } from './failed-request';
import { jsonOf } from '../json-of';
import { NOT_JSON, UnreadableBody } from '../request-error';
import { type ApiCall } from './handler';
import { handlerOf, type ApiHandler, type ApiServices } from './handlers';
import { renderOpenApi } from './open-api';
import { type ApiOperation } from './operation';
import { API_OPERATIONS, type OperationId } from './operations';

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the caller of the API; blank for everybody else. */
    apiCaller: string;
    /** What the caller's key allows. */
    apiPermissions: readonly ApiPermission[] | undefined;
  }
}

/** What the API works with. */
export interface ApiOptions extends ApiServices {
  /** Whoever holds a key; with nobody the API is off. */
  apiCallers: readonly ApiCaller[];
  logger: Logger;
}

/** Most bodies have a page of fields at most; members never travel this way. */
const MAX_BODY_KIB = 64;
const PREFIX = '/v1';

/** The HTTP API under `/v1`: everything in it is JSON, failures included. */
export function apiRoutes(app: FastifyInstance, options: ApiOptions): void {
  app.decorateRequest('apiCaller', '');
  app.decorateRequest('apiPermissions', undefined);
  const openApi = renderOpenApi();
  void app.register(
    (api, _options, done) => {
      takeJsonOnly(api);
      api.addHook('onRequest', async (_request, reply) => {
        if (options.apiCallers.length === 0) await refuse(reply, OFF);
      });
      api.setErrorHandler(failedRequest(options.logger, 'API request failed'));
      api.setNotFoundHandler((_request, reply) => refuse(reply, NO_SUCH_ADDRESS, 404));
      api.get('/openapi.json', () => openApi);
      for (const id of operationIds()) addRoute(api, API_OPERATIONS[id], handlerOf(id), options);
      done();
    },
    { prefix: PREFIX },
  );
}

const OFF: Fault = { code: 'API_OFF', message: 'This gateway has no API keys, so its HTTP API is off.' };
const NO_SUCH_ADDRESS: Fault = {
  code: 'INPUT_INVALID',
  message: `The API has no such address and method; ${PREFIX}/openapi.json has them all.`,
};
const STRANGER: Fault = { code: 'API_UNAUTHORIZED', message: 'Authorization: Bearer <key> is needed.' };

function operationIds(): OperationId[] {
  // Object.keys forgets the key type that the declaration guarantees.
  return Object.keys(API_OPERATIONS) as OperationId[];
}

function addRoute(
  api: FastifyInstance,
  operation: ApiOperation,
  handle: ApiHandler,
  { apiCallers, ...services }: ApiOptions,
): void {
  api.route<{ Params: Record<string, string> }>({
    method: operation.method,
    url: operation.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    exposeHeadRoute: false,
    bodyLimit: (operation.largestBodyKiB ?? MAX_BODY_KIB) * 1024,
    // Before the body is read: strangers can't make the gateway parse anything.
    onRequest: async (request, reply) => {
      const refused = admit(request, apiCallers, operation.permission);
      if (refused) await refuse(reply, refused);
    },
    handler: async (request, reply) => {
      const answer = await handle(callOf(request, request.params), services);
      if (!answer.ok) return refuse(reply, answer.fault);
      const { body, location } = answer.value;
      if (location !== undefined) void reply.header('location', location);
      return reply.code(operation.success.status).send(body);
    },
  });
}

/** Finds out who calls; answers why they may not. A wrong key is told apart from none by nobody. */
function admit(
  request: FastifyRequest,
  callers: readonly ApiCaller[],
  permission: ApiPermission,
): Fault | undefined {
  const caller = callerOf(callers, request.headers.authorization);
  if (caller === undefined) return STRANGER;
  request.apiCaller = caller.name;
  request.apiPermissions = caller.permissions;
  if (caller.permissions.includes(permission)) return undefined;
  return { code: 'API_FORBIDDEN', message: `The key of "${caller.name}" has no permission "${permission}".` };
}

function callOf(request: FastifyRequest, params: Readonly<Record<string, string>>): ApiCall {
  const key = request.headers['idempotency-key'];
  return {
    caller: request.apiCaller,
    permissions: request.apiPermissions ?? [],
    params,
    query: request.query,
    body: request.body,
    idempotencyKey: Array.isArray(key) ? key.join(',') : key,
  };
}

/** Forms and mails are for other doors; a JSON body may be empty where nothing has to stand in it. */
function takeJsonOnly(api: FastifyInstance): void {
  api.removeAllContentTypeParsers();
  const parse = api.getDefaultJsonParser('error', 'error');
  const parseWithoutProto = api.getDefaultJsonParser('error', 'ignore');
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    if (text === '') {
      done(null, undefined);
      return;
    }
    void parse(request, text, (error, value) => {
      if (!error) done(null, value);
      else if (jsonOf(text) === undefined) done(new UnreadableBody(NOT_JSON));
      else void parseWithoutProto(request, text, (proto) => done(new UnreadableBody(forbidden(proto))));
    });
  });
}

function forbidden(proto: Error | null): string {
  return `The body holds a field named ${proto ? '__proto__' : 'constructor.prototype'}.`;
}
