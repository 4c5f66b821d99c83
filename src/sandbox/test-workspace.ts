import { Agent, request } from 'undici';
import { isJsonObject, type JsonObject, parseJson } from './json-values';
import { type Sandbox, startSandbox } from './server';
import { type SandboxOptions } from './settings';

/** The key of a sandbox under test; it may do everything. */
export const TEST_KEY = 'test-key-of-the-sandbox';

/** An answer with its body read. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: JsonObject;
}

/** A sandbox under test with short ways to speak to it over HTTP. */
export interface TestWorkspace {
  sandbox: Sandbox;
  call: (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    options?: CallOptions,
  ) => Promise<Answer>;
  track: (body: JsonObject) => Promise<Answer>;
  /** The profile with that external id as `/users/export/ids` shows it, once everything is applied. */
  read: (externalId: string) => Promise<JsonObject | undefined>;
  close: () => Promise<void>;
}

/** How a call differs from the usual one. */
export interface CallOptions {
  key?: string;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** Starts a sandbox on a free port, applying at once unless told otherwise. */
export async function openTestWorkspace(options: Partial<SandboxOptions> = {}): Promise<TestWorkspace> {
  const sandbox = await startSandbox({ keys: [{ key: TEST_KEY, scopes: 'all' }], applyLagMs: 0, ...options });
  const dispatcher = new Agent();
  const call: TestWorkspace['call'] = async (
    method,
    path,
    body,
    { key = TEST_KEY, headers, timeoutMs } = {},
  ) => {
    const answer = await request(`${sandbox.url}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
    });
    const text = await answer.body.text();
    const parsed = parseJson(text);
    const json = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
    return { status: answer.statusCode, headers: answer.headers, text, json };
  };
  return {
    sandbox,
    call,
    track: (body) => call('POST', '/users/track', body),
    read: async (externalId) => {
      sandbox.workspace.pending.flush();
      const { json } = await call('POST', '/users/export/ids', { external_ids: [externalId] });
      const users: unknown = json['users'];
      const user: unknown = Array.isArray(users) ? users[0] : undefined;
      return isJsonObject(user) ? user : undefined;
    },
    close: async () => {
      await sandbox.close();
      await dispatcher.destroy();
    },
  };
}

/** The custom attributes of a profile that was read back. */
export function attributesOf(user: JsonObject | undefined): JsonObject {
  const attributes = user?.['custom_attributes'];
  return isJsonObject(attributes) ? attributes : {};
}
