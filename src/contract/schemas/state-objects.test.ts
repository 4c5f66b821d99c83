import { markedPlanSchema, receiptSchema, sampleMemberSchema, sliceListSchema } from './state-objects';

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
  const marker = { plan: { hash: 'abc', slices: object } };
  expect(markedPlanSchema.parse(marker)).toEqual({ plan: { slices: { key: 'k' } } });
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
