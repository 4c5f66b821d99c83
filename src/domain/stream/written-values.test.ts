import { afterWrite, isSame } from './written-values';
import { type JsonValue } from './vocabulary';

test.each<[string, JsonValue, JsonValue, JsonValue]>([
  ['sets a value', 1, 'x', 'x'],
  ['takes it off', 1, null, null],
  ['sets a list, once each', null, ['a', 'b', 'a'], ['a', 'b']],
  ['adds and removes', ['a', 'b'], { add: ['c', 'a'], remove: ['b', 'c'] }, ['a']],
  ['adds to nothing', null, { add: ['c'] }, ['c']],
  ['counts up', 2, { inc: 3 }, 5],
  ['counts up from nothing', 'x', { inc: -1 }, -1],
  ['writes a time', null, { $time: '2026-01-01' }, '2026-01-01'],
  ['writes a time that is none', null, { $time: null }, null],
  ['overwrites an object', { a: 1 }, { b: { $time: '2026' }, c: [{ $time: '1' }] }, { b: '2026', c: ['1'] }],
  ['keeps an empty object', { a: 1 }, {}, {}],
])('%s', (_, current, written, expected) => {
  expect(afterWrite(current, written, false)).toEqual(expected);
});

test('merges objects where that is asked for', () => {
  const merged = afterWrite({ a: { b: 1, c: 2 }, d: 3 }, { a: { c: null, e: 4 }, f: 5 }, true);
  expect(merged).toEqual({ a: { b: 1, e: 4 }, d: 3, f: 5 });
  expect(afterWrite('text', { a: 1 }, true)).toEqual({ a: 1 });
});

test('changes lists of objects: add, remove, update', () => {
  const cars = [
    { id: 1, plate: 'A' },
    { id: 2, plate: 'B' },
  ];
  const rule = (id: number) => ({ $identifier_key: 'id', $identifier_value: id });
  const written = {
    $add: [{ id: 3 }],
    $remove: [rule(1)],
    $update: [{ ...rule(2), $new_object: { plate: 'C' } }, { ...rule(3) }, 'x'],
  };
  expect(afterWrite(cars, written, false)).toEqual([{ id: 2, plate: 'C' }, { id: 3 }]);
  expect(afterWrite(null, { $remove: ['x', rule(1)] }, false)).toEqual([]);
  expect(afterWrite(['text'], { $update: [rule(1)] }, false)).toEqual(['text']);
});

test('what Braze shows in another form is the same', () => {
  expect(isSame(null, [])).toBe(true);
  expect(isSame([], null)).toBe(true);
  expect(isSame(['b', 'a'], ['a', 'b'])).toBe(true);
  expect(isSame(5, '5')).toBe(true);
  expect(isSame('true', true)).toBe(true);
  expect(isSame('2026-03-01T10:00:00Z', '2026-03-01 10:00:00 UTC')).toBe(true);
  expect(isSame('2026-03-01T12:00:00+02:00', '2026-03-01T10:00:00.000Z')).toBe(true);
  expect(isSame({ a: 1, b: null }, { a: '1' })).toBe(true);
});

test.each<[JsonValue, JsonValue]>([
  [null, 0],
  ['a', null],
  [['a'], ['a', 'a']],
  [
    ['a', 'a'],
    ['a', 'b'],
  ],
  [['a'], 'a'],
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, [1]],
  ['a', { a: 1 }],
  [1, true],
  ['2026-03-01T10:00:00Z', '2026-03-01T10:00:01Z'],
])('%j is not %j', (expected, seen) => {
  expect(isSame(expected, seen)).toBe(false);
});
