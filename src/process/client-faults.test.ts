import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import { InputRefusedError } from '../client/input-check';
import { faultOfError, isRunEnded } from './client-faults';

it('finds the catalogued code under everything that wraps it', () => {
  const root = ApplicationFailure.create({ type: 'SOURCE_NOT_FOUND', message: 'nothing lies there' });
  const wrapped = new WorkflowFailedError(
    'failed',
    new Error('activity failed', { cause: root }),
    RetryState.NON_RETRYABLE_FAILURE,
  );
  expect(faultOfError(wrapped)).toEqual({ code: 'SOURCE_NOT_FOUND', message: 'nothing lies there' });
});

it('tells a run that has ended from one that never was', () => {
  const ended = new WorkflowNotFoundError('workflow execution already completed', 'one', undefined);
  expect(isRunEnded(ended)).toBe(true);
  expect(faultOfError(ended)).toEqual({ code: 'RUN_NOT_FOUND', message: 'The run has ended already.' });
  const missing = new WorkflowNotFoundError('workflow not found', 'one', undefined);
  expect(isRunEnded(missing)).toBe(false);
  expect(faultOfError(missing)).toEqual({ code: 'RUN_NOT_FOUND', message: 'There is no run "one".' });
});

it('takes an update that ended with its run for one that came too late', () => {
  const cause = ApplicationFailure.create({ type: 'AcceptedUpdateCompletedWorkflow', message: 'completed' });
  expect(isRunEnded(new WorkflowUpdateFailedError('failed', cause))).toBe(true);
});

it('hands on what the client refused before Temporal saw it', () => {
  const refused = { code: 'SECRET_LITERAL', message: 'a secret in clear text' } as const;
  expect(faultOfError(new InputRefusedError(refused))).toEqual(refused);
});

it.each([
  [14, 'TEMPORAL_UNAVAILABLE', /does not answer/],
  [4, 'TEMPORAL_UNAVAILABLE', /in time/],
  [9, 'TEMPORAL_UNAVAILABLE', /No worker answers/],
  [3, 'INPUT_INVALID', /refuses the request/],
  [8, 'TEMPORAL_UNAVAILABLE', /does not answer/],
  [8, 'INPUT_INVALID', /larger than Temporal takes/, 'grpc: received message larger than max (5 vs. 4)'],
])('reads status %i of gRPC', (code, expected, message, details = 'told by the server') => {
  const grpc = Object.assign(new Error('grpc'), { code, details, metadata: {} });
  const fault = faultOfError(new Error('Failed to query Workflow', { cause: grpc }));
  expect(fault.code).toBe(expected);
  expect(fault.message).toMatch(message);
});

it.each<[string, Error]>([
  ['RUN_CANCELLED', new CancelledFailure('cancelled')],
  ['RUN_TERMINATED', new TerminatedFailure('terminated')],
])('says %s of a run that was ended from outside', (code, cause) => {
  const failed = new WorkflowFailedError('failed', cause, RetryState.NON_RETRYABLE_FAILURE);
  expect(faultOfError(failed)).toMatchObject({ code });
});

it('is honest about what it does not know', () => {
  expect(faultOfError(new TypeError('odd'))).toEqual({ code: 'INVARIANT_BROKEN', message: 'TypeError: odd' });
});
