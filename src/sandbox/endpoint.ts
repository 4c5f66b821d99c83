import { type JsonObject } from './json-values';
import { type NamedLimit } from './rate-windows';
import { type SandboxLimits } from './settings';
import { type Workspace } from './workspace';

/** A request to the Braze API whose body has been read. */
export interface BrazeRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** The parsed body; not ok when it is malformed. Parsed once, on first use. */
  json: () => { ok: true; value: unknown } | { ok: false };
  /** Scheme and host as the caller wrote them, for links. */
  origin: string;
  /** A fault asks for a refusal that doesn't say which object it means. */
  hideErrorIndex: boolean;
}

/** An answer of the Braze API. `answered` is called when the caller has it, or can't get it any more. */
export interface BrazeReply {
  status: number;
  body: JsonObject;
  headers?: Record<string, string>;
  answered?: () => void;
}

/** One Braze endpoint. */
export interface Endpoint {
  method: 'GET' | 'POST';
  path: string;
  scope: string;
  /** The limits under which the request is counted; the first one is the one that the headers report. */
  limits: (limits: SandboxLimits, request: BrazeRequest) => readonly NamedLimit[];
  handle: (workspace: Workspace, request: BrazeRequest) => BrazeReply;
}

/** A refusal of the whole request. */
export function failure(status: number, message: string): BrazeReply {
  return { status, body: { message } };
}
