import {
  ApplicationFailure,
  CancelledFailure,
  isGrpcServiceError,
  NamespaceNotFoundError,
  QueryNotRegisteredError,
  QueryRejectedError,
  TerminatedFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { InputRefusedError } from '../client/input-check';
import { ScheduleError } from '../client/schedule-error';
import { type Fault, isErrorCode } from '../contract/errors';

/** Status codes of gRPC that say something about the server or the way to it. */
const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unauthenticated: 16,
} as const;

/**
 * What went wrong between a client and Temporal, by the catalog. The catalogued code that a workflow ended with wins over
 * everything that wraps it.
 */
export function faultOfError(error: unknown): Fault {
  if (error instanceof InputRefusedError) return error.fault;
  const chain = causesOf(error);
  for (const at of chain) {
    if (at instanceof ApplicationFailure && at.type && isErrorCode(at.type)) {
      return { code: at.type, message: at.message };
    }
  }
  return knownFault(error) ?? grpcFault(chain) ?? unknownFault(chain);
}

/** Whether a message came too late: its run ended before it could be taken. */
export function isRunEnded(error: unknown): boolean {
  return causesOf(error).some(
    (at) =>
      (at instanceof WorkflowNotFoundError && at.message.includes('already completed')) ||
      (at instanceof ApplicationFailure && at.type === 'AcceptedUpdateCompletedWorkflow'),
  );
}

function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at: unknown = error; at instanceof Error && chain.length < 20; at = at.cause) chain.push(at);
  return chain;
}

function knownFault(error: unknown): Fault | undefined {
  if (error instanceof ScheduleError) return error.fault;
  if (error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure)
    return { code: 'RUN_CANCELLED', message: 'The run was asked to end, and has ended.' };
  if (error instanceof WorkflowFailedError && error.cause instanceof TerminatedFailure)
    return { code: 'RUN_TERMINATED', message: 'The run was terminated from outside.' };
  if (isRunEnded(error)) return { code: 'RUN_NOT_FOUND', message: 'The run has ended already.' };
  if (error instanceof WorkflowNotFoundError) {
    return { code: 'RUN_NOT_FOUND', message: `There is no run "${error.workflowId}".` };
  }
  if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) {
    return { code: 'RUN_NOT_FOUND', message: 'The workflow of that id is not a run of an audience.' };
  }
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return {
      code: 'INPUT_INVALID',
      message: `A workflow of the id "${error.workflowId}" is already running.`,
    };
  }
  if (error instanceof NamespaceNotFoundError) {
    const { namespace } = error;
    return {
      code: 'INPUT_INVALID',
      message: `TEMPORAL_NAMESPACE: there is no namespace "${namespace}" on this server.`,
    };
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return { code: 'TEMPORAL_UNAVAILABLE', message: 'The run did not answer in time; is a worker running?' };
  }
  return undefined;
}

function grpcFault(chain: readonly Error[]): Fault | undefined {
  const found = chain.find((at) => isGrpcServiceError(at));
  if (!found || !isGrpcServiceError(found)) return undefined;
  const message = found.details || found.message;
  const code: number = found.code;
  switch (code) {
    case GRPC.invalidArgument:
      return { code: 'INPUT_INVALID', message: `Temporal refuses the request: ${message}` };
    case GRPC.resourceExhausted:
      // Waiting helps where there is too much at once, and not where one message is too much.
      if (/message (?:is )?larger than max/i.test(message))
        return {
          code: 'INPUT_INVALID',
          message: `What was sent is larger than Temporal takes (${message}).`,
        };
      return { code: 'TEMPORAL_UNAVAILABLE', message: `Temporal does not answer: ${message}` };
    case GRPC.failedPrecondition:
      return {
        code: 'TEMPORAL_UNAVAILABLE',
        message: `No worker answers (${message}); start one with "brazier worker".`,
      };
    case GRPC.permissionDenied:
    case GRPC.unauthenticated:
      return { code: 'TEMPORAL_UNAVAILABLE', message: `Temporal refuses this client: ${message}` };
    case GRPC.cancelled:
    case GRPC.deadlineExceeded:
      return {
        code: 'TEMPORAL_UNAVAILABLE',
        message: 'Temporal, or the worker behind it, did not answer in time.',
      };
    default:
      return { code: 'TEMPORAL_UNAVAILABLE', message: `Temporal does not answer: ${message}` };
  }
}

function unknownFault(chain: readonly Error[]): Fault {
  const root = chain.at(-1);
  return { code: 'INVARIANT_BROKEN', message: root ? `${root.name}: ${root.message}` : 'unknown failure' };
}
