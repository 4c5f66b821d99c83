import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type z } from 'zod';
import { parseJson } from './json-values';
import { readBody, sendJson } from './exchange';
import { type Workspace } from './workspace';

/** A request to the control API. Its body is not read yet, so that it can be streamed. */
export interface ControlRequest {
  workspace: Workspace;
  req: IncomingMessage;
  res: ServerResponse;
  query: URLSearchParams;
}

/** One route of the control API. */
export interface ControlRoute {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  handle: (request: ControlRequest) => Promise<void> | void;
}

const MAX_CONTROL_BYTES = 4 * 1024 * 1024;

/** Reads and checks a JSON body; when it does not fit, the caller is told every problem and the result is undefined. */
export async function readControlBody<T>(
  { req, res }: ControlRequest,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const body = await readBody(req, MAX_CONTROL_BYTES);
  if (body === 'aborted') return undefined;
  const parsed = body === 'tooLarge' ? { ok: false as const } : parseJson(body.toString('utf8'));
  const checked = schema.safeParse(parsed.ok ? parsed.value : undefined);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  sendJson(res, 400, { message: 'The body does not fit', problems });
  return undefined;
}
