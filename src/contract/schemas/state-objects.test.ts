import { receiptSchema, sampleMemberSchema, sliceListSchema, startedMarkerSchema } from './state-objects';

const object = { key: 'k', bytes: 1, sha256: 'f' };
const receipt = {
  operation: 'add',
  index: 0,
  members: 3,
  rejected: [[1, 'bad id']],
  unknown: [2],
  unsent: [[0, 0]],
};

test('what Brazier writes to the state bucket can be read again', () => {
  const slices = [{ operation: 'remove', index: 3, members: 7, object }];
  expect(sliceListSchema.parse(slices)).toEqual(slices);
  expect(receiptSchema.parse(receipt)).toEqual(receipt);
  expect(sampleMemberSchema.parse({ id: 'a', operation: 'add' })).toEqual({ id: 'a', operation: 'add' });
  const counts = {
    ledger: 0,
    source: 7,
    add: 7,
    remove: 0,
    stay: 0,
    notOurs: 0,
    leaversKept: 0,
    unsureRetried: 0,
  };
  const plan = {
    hash: 'abc',
    counts,
    add: object,
    membersPerSlice: 7,
    slices: object,
    sliceCount: { add: 1, remove: 0 },
  };
  const marker = { operation: 'add', index: 0, members: 7, plan };
  expect(startedMarkerSchema.parse(marker)).toEqual(marker);
});

test.each([
  [{ ...receipt, operation: 'set' }],
  [{ ...receipt, index: -1 }],
  [{ ...receipt, members: 0 }],
  [{ ...receipt, rejected: [['1', 'bad id']] }],
  [{ ...receipt, rejected: [[1]] }],
  [{ ...receipt, unknown: [0.5] }],
  [{ ...receipt, unsent: [[1]] }],
  [{ ...receipt, unsent: undefined }],
])('a receipt that claims what cannot be is refused: %j', (altered) => {
  expect(receiptSchema.safeParse(altered).success).toBe(false);
});
