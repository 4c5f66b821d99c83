/** Why an embedded server could not be had: `exitedEarly` alone is worth another try, on another port. */
export type EmbeddedServerFailure = 'notInstalled' | 'exitedEarly' | 'notReady';

/** One of the embedded servers is missing or did not start; the message is a sentence for the person at the keyboard. */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';

  readonly failure: EmbeddedServerFailure;

  constructor(failure: EmbeddedServerFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}
