import { createHash } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type RunRecord } from '../client/find-run';
import { type StartOptions } from '../client/start-options';
import { fault, type Outcome, success } from '../contract/errors';
import { type StartedActivation } from '../contract/http-api';
import { canonicalText } from '../domain/canonical-text';
import { type Asker } from './ask-temporal';

/** A start by a caller of the HTTP API. */
export interface KeyedStart {
  /** What makes a repeated request the same, however its JSON is laid out. */
  request: unknown;
  caller: string;
  /** A repeated request with the same key starts nothing and gets the first run back. */
  idempotencyKey?: string | undefined;
}

/** How workflows of one type are started and found. */
export interface Starter {
  start(options: StartOptions): Promise<{ workflowId: string; runId: string }>;
  find(workflowId: string): Promise<RunRecord | undefined>;
}

/** The id of what a caller starts under a key. The caller's name is part of it, so that no caller meets another's keys. */
export function keyedWorkflowId({ caller, idempotencyKey }: KeyedStart): string | undefined {
  return idempotencyKey === undefined ? undefined : `api/${caller}/${sha256(idempotencyKey).slice(0, 32)}`;
}

/** What is started under the caller's key stays the one: with another request the key is refused. */
export async function startOnce(
  ask: Asker,
  keyed: KeyedStart,
  starter: Starter,
): Promise<Outcome<StartedActivation>> {
  const requestSha256 = sha256(canonicalText(keyed.request));
  const memo = { startedBy: `api:${keyed.caller}`, requestSha256 };
  const workflowId = keyedWorkflowId(keyed);
  const started = await ask(async (): Promise<Outcome<StartedActivation>> => {
    try {
      const { workflowId: id, runId } = await starter.start({ workflowId, once: true, memo });
      return success({ workflowId: id, runId, repeated: false });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || workflowId === undefined) throw error;
      const first = await starter.find(workflowId);
      return first?.memo['requestSha256'] === requestSha256
        ? success({ workflowId, runId: first.runId, repeated: true })
        : fault('IDEMPOTENCY_KEY_REUSED', 'The Idempotency-Key was used before, with another body.');
    }
  });
  return started.ok ? started.value : started;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
