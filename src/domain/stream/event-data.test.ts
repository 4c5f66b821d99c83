import { isInherited, MOST_EVENT_LEVELS, problemInData } from './event-data';
import { type JsonValue } from './vocabulary';

function nested(levels: number): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

test.each<[JsonValue]>([
  [null],
  [true],
  [1e308],
  ['"}],"x":[{ {{ \\u0000 👩‍👩‍👧'],
  [{ constructor: 1, toString: [null, false], '': {} }],
  [nested(MOST_EVENT_LEVELS)],
])('%j can be kept', (value) => {
  expect(problemInData(value)).toBeUndefined();
});

test.each<[JsonValue, RegExp]>([
  ['\0', /NUL/],
  [['a', { b: 'x\ud800y' }], /surrogate/],
  [{ 'a\0': 1 }, /in a name/],
  [{ a: [Infinity] }, /too large/],
  // As JSON.parse makes it: a field, not a prototype.
  [{ a: JSON.parse('{"__proto__":1}') as JsonValue }, /__proto__/],
  [nested(MOST_EVENT_LEVELS + 1), /16 levels/],
  [nested(100_000), /16 levels/],
])('a value that cannot be kept is told by what is wrong with it (%#)', (value, problem) => {
  expect(problemInData(value)).toMatch(problem);
});

test('names that every object has are told from others', () => {
  expect(['constructor', 'toString', '__proto__', 'hasOwnProperty'].every(isInherited)).toBe(true);
  expect(['Ordered', 'prototype', 'name'].some(isInherited)).toBe(false);
});
