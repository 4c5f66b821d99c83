import { type Fault } from '../contract/errors';

/** A schedule that cannot be had as it was asked for; `fault` is of the error catalog. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly fault: Fault;

  constructor(fault: Fault, options?: ErrorOptions) {
    super(fault.message, options);
    this.fault = fault;
  }
}
