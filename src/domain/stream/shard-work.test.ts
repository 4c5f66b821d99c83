import {
  addTo,
  countNoCall,
  deltaOf,
  emptyCommit,
  isEmpty,
  type NoCallCounts,
  type ShardCommit,
} from './shard-work';

const COUNTED = [
  ...(['entered', 'exits', 'sent', 'accepted', 'refused', 'unknown'] as const),
  ...(['seenChecked', 'seen', 'setAside'] as const),
];

const SET_ASIDE = { seq: 7, reason: 'EVENT_TOO_DEEP', detail: 'x' };
const UPDATE = { id: '1', state: 'delivered' as const, attempts: 1 };

/** A commit in which each count of one engagement is another number. */
function batchOf(engagement: string, factor: number): ShardCommit {
  const batch = emptyCommit();
  const delta = deltaOf(batch, engagement);
  COUNTED.forEach((field, at) => (delta[field] = (at + 1) * factor));
  countNoCall(delta.noCall, 'paused');
  countNoCall(batch.noCall, 'noEngagement');
  delta.latency = [factor, 0, 1];
  return { ...batch, folded: [`f${factor}`], updates: [UPDATE], setAside: [SET_ASIDE] };
}

test('a commit is empty until there is anything to write, whatever it is', () => {
  expect(isEmpty(emptyCommit())).toBe(true);
  const delta = emptyCommit();
  deltaOf(delta, 'welcome');
  const something: Partial<ShardCommit>[] = [
    { cursor: 0 },
    { states: [{ profileId: '1', text: '{}' }] },
    { folded: ['1'] },
    { updates: [UPDATE] },
    { setAside: [SET_ASIDE] },
    { noCall: { merged: 1 } },
    { engagements: delta.engagements },
  ];
  for (const one of something) expect(isEmpty({ ...emptyCommit(), ...one })).toBe(false);
});

test('an engagement has one delta in a commit, however often it is asked for', () => {
  const commit = emptyCommit();
  deltaOf(commit, '__proto__').sent += 2;
  deltaOf(commit, '__proto__').sent += 3;
  expect([commit.engagements.size, deltaOf(commit, '__proto__').sent]).toEqual([1, 5]);
  expect(deltaOf(commit, 'other').sent).toBe(0);
});

test('batches add up: lists one behind the other, counts summed, engagement by engagement', () => {
  const commit = emptyCommit();
  addTo(commit, { ...batchOf('welcome', 1), cursor: 5 });
  addTo(commit, batchOf('welcome', 10));
  addTo(commit, batchOf('lead', 2));
  expect(commit).toMatchObject({ cursor: 5, folded: ['f1', 'f10', 'f2'], noCall: { noEngagement: 3 } });
  expect([commit.updates.length, commit.setAside.length]).toEqual([3, 3]);
  const welcome = deltaOf(commit, 'welcome');
  expect(COUNTED.map((field) => welcome[field])).toEqual([11, 22, 33, 44, 55, 66, 77, 88, 99]);
  expect(welcome).toMatchObject({ noCall: { paused: 2 }, latency: [11, 0, 2] });
  expect(deltaOf(commit, 'lead').sent).toBe(6);
});

test('a later batch moves the cursor on, and one without a cursor leaves it', () => {
  const commit = emptyCommit();
  addTo(commit, { ...emptyCommit(), cursor: 9 });
  addTo(commit, emptyCommit());
  expect(commit.cursor).toBe(9);
  addTo(commit, { ...emptyCommit(), cursor: 12 });
  expect(commit.cursor).toBe(12);
});

test('every reason for no call is added', () => {
  const all: Required<NoCallCounts> = {
    ...{ noEngagement: 1, notInSegment: 2, alreadyInside: 3, alreadySent: 4, left: 5 },
    ...{ paused: 6, skipped: 7, setAside: 8, merged: 9 },
  };
  const commit = emptyCommit();
  addTo(commit, { ...emptyCommit(), noCall: all });
  addTo(commit, { ...emptyCommit(), noCall: { left: 1 } });
  expect(commit.noCall).toEqual({ ...all, left: 6 });
});
