import { type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BrazeReply } from './endpoint';
import { hold, sendHalf, sendJson, sendText } from './exchange';
import { type Fault } from './faults';
import { rateHeaders } from './rate-windows';
import { type Workspace } from './workspace';

/** An answer that a fault spoils: what would have been said, and how to say it. */
export interface FaultyAnswer {
  workspace: Workspace;
  res: ServerResponse;
  fault: Fault;
  reply: BrazeReply;
  headers: Record<string, string>;
  log: (status: number) => void;
  /** Everything that the request said, key included; for `echo`. */
  request: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends a spoilt answer. Resolves when the caller has got it or has gone. */
export async function sendWithFault(answer: FaultyAnswer): Promise<void> {
  const { res, fault, reply, headers, log } = answer;
  const text = JSON.stringify(reply.body);
  switch (fault.kind) {
    case 'status':
      log(fault.status);
      {
        sendStatus(answer, fault.status, fault.retryAfterS);
        return;
      }
    case 'echo':
      log(fault.status);
      sendJson(res, fault.status, echoOf(answer.request), { 'x-echo': headerOf(answer.request) });
      return;
    case 'timeoutBefore':
    case 'timeoutAfterApply':
      log(0);
      return hold(res, fault.holdMs);
    case 'slow':
      await sleep(fault.delayMs);
      break;
    case 'truncatedBody':
      log(reply.status);
      {
        sendHalf(res, reply.status, text, { ...JSON_TYPE, ...headers });
        return;
      }
    case 'wrongJson':
      log(reply.status);
      {
        sendText(res, reply.status, '<!doctype html><title>OK</title>', { ...JSON_TYPE, ...headers });
        return;
      }
    case 'errorWithoutIndex':
      break;
  }
  log(reply.status);
  sendJson(res, reply.status, reply.body, headers);
}

/** A header takes no bytes beyond ASCII, and answers with long ones are not read by clients. */
const HEADER_ECHO_BYTES = 1500;

function headerOf(request: string): string {
  return Buffer.from(request).subarray(0, HEADER_ECHO_BYTES).toString('base64url');
}

function echoOf(request: string): object {
  const message = `Refused: ${request}`;
  return { message, errors: [{ type: message, input_array: 'attributes', index: 0 }] };
}

/** A 502, 503 or 504 comes from a gateway in front of Braze: a page, no rate headers. */
function sendStatus({ workspace, res }: FaultyAnswer, status: number, retryAfterS = 1): void {
  if (status >= 502) {
    sendText(res, status, `<html><body><h1>${status}</h1></body></html>`, { 'content-type': 'text/html' });
    return;
  }
  if (status !== 429) {
    sendJson(res, status, { message: status === 413 ? 'Request Entity Too Large' : 'Internal Server Error' });
    return;
  }
  const nowMs = workspace.clock();
  const { burst } = workspace.settings.limits.track;
  const verdict = {
    allowed: false,
    limit: burst.requests,
    remaining: 0,
    resetAtMs: nowMs + retryAfterS * 1000,
  };
  sendJson(
    res,
    429,
    { message: 'Rate limited' },
    rateHeaders(workspace.settings.rateHeaders, verdict, nowMs),
  );
}
