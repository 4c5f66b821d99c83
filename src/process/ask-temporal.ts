import { type Client } from '@temporalio/client';
import { type Outcome, success } from '../contract/errors';
import { faultOfError } from './client-faults';

/** Somebody waits for the answer: longer than a worker needs to wake a run, shorter than a browser's patience. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Does something with Temporal within a deadline and tells a failure as a value. */
export type Asker = <T>(request: () => Promise<T>) => Promise<Outcome<T>>;

/** An asker over a client. */
export function createAsker(temporal: Client): Asker {
  return async (request) => {
    try {
      return success(await temporal.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, request));
    } catch (error) {
      return { ok: false, fault: faultOfError(error) };
    }
  };
}
