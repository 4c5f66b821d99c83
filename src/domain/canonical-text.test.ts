import { canonicalText } from './canonical-text';

test('objects of the same content have one text, and lists keep their order', () => {
  expect(canonicalText({ b: [2, { d: 1, c: null }], a: 'x' })).toBe(
    canonicalText({ a: 'x', b: [2, { c: null, d: 1 }] }),
  );
  expect(canonicalText([1, 2])).not.toBe(canonicalText([2, 1]));
});
