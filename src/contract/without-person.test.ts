import { withoutPerson } from './without-person';

const HIDDEN = 'Told with --show-people, since it may repeat values of the person.';

test.each([
  ['refused', 'Refused: ann@example.com is no name', HIDDEN],
  ['unknown', 'socket closed', HIDDEN],
  ['refused', 'PARAMETER_MISSING: tier', 'PARAMETER_MISSING: tier'],
  ['refused', 'CALL_NOT_KEPT', 'CALL_NOT_KEPT'],
  ['refused', 'CALL_NOT_MADE: TypeError', 'CALL_NOT_MADE: TypeError'],
  ['setAside', 'tooManyTraits', 'tooManyTraits'],
  ['setAside', 'notUnderstood', 'notUnderstood'],
  ['refused', '', HIDDEN],
  ['delivered', undefined, undefined],
])('of what is %s because of %p is told %p', (state, reason, told) => {
  const letter = { id: 'call-1', state, reason, profileId: '7', externalId: 'ann' };
  expect(withoutPerson(letter, '--show-people')).toEqual({ id: 'call-1', state, reason: told });
});
