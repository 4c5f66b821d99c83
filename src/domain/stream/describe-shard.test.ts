import { describeShard } from './describe-shard';

const SHARD = {
  ...{ epoch: 3, cursor: 12_000, backlog: 40, events: 900, delivered: 7, refused: 1, unknown: 2 },
  isDrained: false,
};

test('a shard is told with its place, its work and what is left', () => {
  const text = describeShard(SHARD);
  expect(text).toContain('up to entry 12,000 (epoch 3); 40 entries after it');
  expect(text).toContain('7 calls accepted by Braze, 1 refused, 2 unknown');
  expect(text).not.toMatch(/waits since|not looked for|replaced/);
});

test('what it waits for, what is not looked for and its end are told', () => {
  const waiting = { reason: 'key', code: 'BRAZE_KEY_REJECTED', message: '401', since: 'noon' } as const;
  const text = describeShard({ ...SHARD, isDrained: true, waiting, notSeeing: 'switched off' });
  expect(text).toContain('It **waits since noon**');
  expect(text).toContain('The owner of the credentials has to act');
  expect(text).toContain('not looked for on the profiles: switched off');
  expect(text).toContain('The layout was replaced');
});
