import { type Fault, type Outcome } from '../contract/errors';
import { oversizeFault } from '../contract/schemas/input-size';

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
 * workflow is started with, so a pasted secret must not get that far, and refuses what is too large with no word of where.
 */
export function checked<T>(input: T, parsed: Outcome<unknown>): T {
  const fault = parsed.ok ? oversizeFault(input) : parsed.fault;
  if (fault === undefined) return input;
  throw new InputRefusedError({ ...fault, message: `${fault.message} Nothing was sent to Temporal.` });
}
