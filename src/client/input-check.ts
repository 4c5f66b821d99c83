import { type Fault, type Outcome } from '../contract/errors';

/** An input that the client refused before Temporal saw it; `fault` carries the catalogued code. */
export class InputRefusedError extends Error {
  override readonly name = 'InputRefusedError';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * Gives an input back as it came, since the workflow fills in the defaults itself, or throws: Temporal keeps whatever a
 * workflow is started with, so a pasted secret must not get that far.
 */
export function checked<T>(input: T, parsed: Outcome<unknown>): T {
  if (parsed.ok) return input;
  const { fault } = parsed;
  throw new InputRefusedError({ ...fault, message: `${fault.message} Nothing was sent to Temporal.` });
}
