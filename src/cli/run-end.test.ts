import { type RunOutcome } from '../contract/phases';
import { outcomeExitCode } from './run-end';

const EXPECTED: [RunOutcome, number][] = [
  ['done', 0],
  ['nothingToDo', 0],
  ['dryRun', 0],
  ['completedUnverified', 13],
  ['superseded', 13],
  ['notApproved', 14],
  ['unconfirmed', 14],
  ['disputed', 14],
  ['cancelled', 14],
];

it.each(EXPECTED)('exits after %s with %i', (outcome, exitCode) => {
  expect(outcomeExitCode(outcome)).toBe(exitCode);
});

it('exits after a failure by who must act', () => {
  expect(outcomeExitCode('failed', { actor: 'credentialOwner' })).toBe(10);
  expect(outcomeExitCode('failed', { actor: 'dataOwner' })).toBe(12);
  expect(outcomeExitCode('refused', { actor: 'wait' })).toBe(13);
  expect(outcomeExitCode('failed')).toBe(70);
});
