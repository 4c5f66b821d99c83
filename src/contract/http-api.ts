import { type FieldProblem } from './errors';
import { type Actor } from './integration';
import { type RunError, type RunResult, type RunStatus } from './run';

/** What an API key may be used for: define and start, decide, look, look at people. */
export type ApiPermission = 'start' | 'decide' | 'read' | 'people';

/** A run by its ids; `workflowId` is what every other request takes. */
export interface ActivationReference {
  workflowId: string;
  runId: string;
}

/** Answer of a start. */
export interface StartedActivation extends ActivationReference {
  /** True if the same request with the same Idempotency-Key had started this run before. */
  repeated: boolean;
}

/** A run's state as callers see it: never the token by which a mail confirms, since reading is not deciding. */
export type VisibleStatus = Omit<RunStatus, 'runToken'>;
/** A run's result as callers see it. */
export type VisibleResult = Omit<RunResult, 'runToken'>;

/** One run, under way or ended. */
export interface ActivationView extends ActivationReference {
  ended: boolean;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string | undefined;
  /** Where the run is; there as long as it is under way. */
  status?: VisibleStatus | undefined;
  /** How the run ended; absent if it ended before it had anything to tell, then `error` says why. */
  result?: VisibleResult | undefined;
  error?: RunError | undefined;
}

/** A run in the list of an audience, by when it held the audience. */
export interface ActivationListing extends ActivationReference {
  /** ISO 8601. */
  heldAt: string;
  /** From then on the next run may start; the run itself may go on to be confirmed and verified. */
  releasedAt?: string | undefined;
}

/** Body of every answer that is no success. */
export interface ApiError {
  code: string;
  message: string;
  actor: Actor;
  fields?: readonly FieldProblem[] | undefined;
}
