import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type BrazeReply, type BrazeRequest, type Endpoint, failure } from './endpoint';
import { customAttributes } from './endpoints/custom-attributes';
import { segmentsDataSeries } from './endpoints/segments-data-series';
import { segmentsDetails } from './endpoints/segments-details';
import { segmentsList } from './endpoints/segments-list';
import { campaignsTriggerSend, canvasTriggerSend } from './endpoints/trigger-send';
import { usersExportIds } from './endpoints/users-export-ids';
import { usersTrack } from './endpoints/users-track';
import { usersTrackSync } from './endpoints/users-track-sync';
import { readBody, sendJson } from './exchange';
import { sendWithFault } from './faulty-answer';
import { type Fault } from './faults';
import { parseJson } from './json-values';
import { rateHeaders, type RateVerdict } from './rate-windows';
import { countRequest } from './statistics';
import { type Workspace } from './workspace';

const ENDPOINTS = new Map(
  [
    usersTrack,
    usersTrackSync,
    usersExportIds,
    segmentsList,
    segmentsDetails,
    segmentsDataSeries,
    customAttributes,
    canvasTriggerSend,
    campaignsTriggerSend,
  ].map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]),
);

const NO_BODY = Buffer.alloc(0);

/** Answers requests to the Braze API: path, key, permission, faults, rate, size, and then the endpoint. */
export async function answerBraze(
  workspace: Workspace,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const body = await readBody(req, workspace.settings.limits.maxBodyBytes);
  if (body === 'aborted') return;
  const tooLarge = body === 'tooLarge';
  const request = brazeRequest(req, tooLarge ? NO_BODY : body);
  const admitted = admit(workspace, req, request);
  const log = (status: number): void => {
    const entry = {
      atMs: workspace.clock(),
      method: request.method,
      path: request.path,
      userAgent: req.headers['user-agent'] ?? '',
      keyNumber: 'refusal' in admitted ? null : admitted.keyNumber,
      status,
      body: tooLarge ? NO_BODY : body,
    };
    countRequest(workspace.statistics, status === 404 ? 'unknown' : request.path, status);
    workspace.requests.add(entry);
  };
  if ('refusal' in admitted) {
    log(admitted.refusal.status);
    sendJson(res, admitted.refusal.status, admitted.refusal.body);
    return;
  }
  const fault = workspace.faults.pick(request.path);
  if (fault !== undefined) countFault(workspace, fault);
  const { reply, headers } = carryOut(workspace, admitted.endpoint, request, tooLarge, fault);
  if (workspace.beforeAnswer) await workspace.beforeAnswer({ request, reply, fault, res });
  if (fault === undefined) {
    log(reply.status);
    sendJson(res, reply.status, reply.body, headers);
  } else {
    // Answers are not as long as requests, so only the beginning of a long body is repeated.
    const said = `${req.headers.authorization ?? ''} ${body.toString('utf8').slice(0, 2000)}`;
    await sendWithFault({ workspace, res, fault, reply, headers, log, request: said });
  }
  reply.answered?.();
}

/** The endpoint that a request may use, or why it may not. */
function admit(
  workspace: Workspace,
  req: IncomingMessage,
  request: BrazeRequest,
): { endpoint: Endpoint; keyNumber: number } | { refusal: BrazeReply } {
  const endpoint = ENDPOINTS.get(`${request.method} ${request.path}`);
  if (endpoint === undefined) return { refusal: failure(404, 'Not Found') };
  const address = req.socket.remoteAddress ?? '';
  const verdict = workspace.keys.judge(req.headers.authorization, endpoint.scope, address);
  if (!verdict.ok) return { refusal: failure(verdict.status, verdict.message) };
  return { endpoint, keyNumber: verdict.keyNumber };
}

/** What the endpoint says, unless the limits or the fault keep the request from it. */
function carryOut(
  workspace: Workspace,
  endpoint: Endpoint,
  request: BrazeRequest,
  tooLarge: boolean,
  fault: Fault | undefined,
): { reply: BrazeReply; headers: Record<string, string> } {
  const unheard = fault?.kind === 'timeoutBefore' || fault?.kind === 'echo';
  if (unheard || (fault?.kind === 'status' && fault.applied !== true)) {
    return { reply: failure(0, ''), headers: {} };
  }
  request.hideErrorIndex = fault?.kind === 'errorWithoutIndex';
  const rate = workspace.rates.take(endpoint.limits(workspace.settings.limits, request));
  const reply = answer(workspace, endpoint, request, tooLarge, rate);
  const headers = rateHeaders(workspace.settings.rateHeaders, rate, workspace.clock());
  return { reply, headers: reply.headers === undefined ? headers : { ...headers, ...reply.headers } };
}

function answer(
  workspace: Workspace,
  endpoint: Endpoint,
  request: BrazeRequest,
  tooLarge: boolean,
  rate: RateVerdict,
): BrazeReply {
  if (!rate.allowed) {
    workspace.statistics.rateLimited += 1;
    return failure(429, 'Rate limited');
  }
  return tooLarge ? failure(413, 'Request Entity Too Large') : endpoint.handle(workspace, request);
}

function brazeRequest(req: IncomingMessage, body: Buffer): BrazeRequest {
  const url = req.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  let parsed: ReturnType<BrazeRequest['json']> | undefined;
  return {
    method: req.method ?? 'GET',
    path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path,
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
    json: () => (parsed ??= parseJson(body.toString('utf8'))),
    origin: `http://${req.headers.host ?? 'localhost'}`,
    hideErrorIndex: false,
  };
}

function countFault(workspace: Workspace, fault: Fault): void {
  const name = fault.kind === 'status' ? String(fault.status) : fault.kind;
  workspace.statistics.faults[name] = (workspace.statistics.faults[name] ?? 0) + 1;
}
