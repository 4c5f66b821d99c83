import { type ErrorCode, type Fault } from '../../contract/errors';

/** A fault found in the middle of a stream, where values cannot be returned; it never leaves this adapter. */
export class SourceError extends Error {
  override name = 'SourceError';
  readonly fault: Fault;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.fault = { code, message };
  }
}
