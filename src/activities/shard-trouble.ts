import { type Fault, type Outcome } from '../contract/errors';

/** A failure of the database, or of what the shard needs, which ends the stay. */
export class ShardTrouble extends Error {
  override readonly name = 'ShardTrouble';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The value, or the end of the stay. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new ShardTrouble(outcome.fault);
  return outcome.value;
}
