import { ERROR_CATALOG, type ErrorCode, type Fault } from '../contract/errors';
import { type SetupStep } from '../contract/integration';

/** A step that found what it looked for. */
export function passed(step: string, message: string): SetupStep {
  return { step, status: 'pass', message };
}

/** A step that was not taken; the sentence says why and what that costs. */
export function skipped(step: string, message: string, action?: string): SetupStep {
  return { step, status: 'skipped', message, ...(action === undefined ? {} : { action }) };
}

/** A step that found a fault: the catalog says who acts, and what to do unless something more precise is known. */
export function failed(step: string, { code, message }: Fault, action?: string): SetupStep {
  const { actor, help } = ERROR_CATALOG[code];
  return { step, status: 'fail', message, action: action ?? help, actor, code };
}

/** The same, for a fault that set-up itself has found. */
export function failedWith(step: string, code: ErrorCode, message: string, action?: string): SetupStep {
  return failed(step, { code, message }, action);
}
