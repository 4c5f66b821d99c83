import { MOST_INPUT_BYTES, oversizeFault } from './input-size';

const big = 'x'.repeat(MOST_INPUT_BYTES);

test('an input of common size is no matter', () => {
  expect(oversizeFault(undefined)).toBeUndefined();
  expect(oversizeFault({ values: { bio: 'x'.repeat(1000) } })).toBeUndefined();
});

test('one that is too large is told with the field that holds most of it', () => {
  const fault = oversizeFault({ integration: 'shop', values: { id: 'u', bio: big } });
  expect(fault).toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringMatching(
      /^The input has 1,048,\d{3} bytes; at most 1,048,576 can be given\. Most of it is in values\.bio\.$/,
    ),
    fields: [{ field: 'values.bio' }],
  });
  expect(oversizeFault({ values: { 'ann@example.com': [1, big] } })?.message).toMatch(
    / in values\.\(…\)\[1\]\.$/,
  );
  // Characters of several bytes count as Temporal counts them.
  expect(oversizeFault({ text: '€'.repeat(MOST_INPUT_BYTES / 2) })?.message).toMatch(/ in text\.$/);
});

test('where no field holds most of it, what is around them is named', () => {
  const third = 'x'.repeat(MOST_INPUT_BYTES / 2);
  expect(oversizeFault({ values: { a: third, b: third, c: third } })?.message).toMatch(/ in values\.$/);
  expect(oversizeFault({ a: third, b: third, c: third })?.message).toMatch(/can be given\.$/);
});
