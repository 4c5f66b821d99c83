import { describeBudget } from './describe-budget';
import { emptyBudget } from './workspace-budget';

const wishes = { track: { limit: 60, demand: 60 }, exportIds: { limit: 4, demand: 0 } };

test('a holder that has been given nothing yet is named with nothing', () => {
  const state = { ...emptyBudget(), holders: [{ name: 'worker-1', wishes, grants: [], renewsAt: 0 }] };
  expect(describeBudget('shop', state, 0)).toBe(
    [
      'Requests to the Braze workspace of **shop**',
      '- `/users/track`: 0 of 60 requests/s are given out',
      '- `/users/export/ids`: 0 of 4 requests/s are given out',
      '',
      '- worker-1: 0 and 0 requests/s, grant 0',
    ].join('\n'),
  );
});

test('a pause that Braze wants is told until it is over', () => {
  const state = { ...emptyBudget(), pausedUntil: { track: 60_000, exportIds: 0 } };
  expect(describeBudget('shop', state, 59_999)).toContain(
    '- Braze wants a pause at `/users/track` until 1970-01-01T00:01:00.000Z',
  );
  expect(describeBudget('shop', state, 60_000)).not.toContain('pause');
});
