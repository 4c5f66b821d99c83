import { jsonProblem, readIsoTime, valueProblem } from './parameters';

test('values are what their types say', () => {
  expect(valueProblem('string', 'a')).toBeUndefined();
  expect(valueProblem('number', 1.5)).toBeUndefined();
  expect(valueProblem('integer', -3)).toBeUndefined();
  expect(valueProblem('boolean', false)).toBeUndefined();
  expect(valueProblem('time', '2026-11-22T10:00:00Z')).toBeUndefined();
  expect(valueProblem('json', { a: [1, 'b', null, { c: true }] })).toBeUndefined();
});

test.each([
  ['string', 1],
  ['string', 'a\u0000b'],
  ['string', 'half \ud800'],
  ['number', '1'],
  ['number', Infinity],
  ['integer', 1.5],
  ['integer', 2 ** 60],
  ['boolean', 'true'],
  ['time', 'yesterday'],
  ['time', 5],
  ['time', '2026-13-01'],
  ['json', { a: ['\u0000'] }],
  ['json', { '\ud800': 1 }],
  ['json', NaN],
] as const)('%s: %j is refused', (type, value) => {
  expect(valueProblem(type, value as never)).toBeDefined();
});

test('what is nested, no JSON or a prototype is refused without being walked through', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level += 1) deep = [deep];
  expect(jsonProblem(deep, 32)).toBe('is nested too deep');
  expect(jsonProblem(JSON.parse('{"a":{"__proto__":{"b":1}}}'), 32)).toContain('__proto__');
  expect(jsonProblem({ constructor: 1, prototype: 2 }, 32)).toBeUndefined();
  expect(jsonProblem(() => 1, 32)).toBe('is not JSON');
  expect(jsonProblem(undefined, 32)).toBe('is not JSON');
});

test('times without a zone are UTC', () => {
  const at = Date.UTC(2026, 10, 22, 10);
  expect(readIsoTime('2026-11-22T10:00')).toBe(at);
  expect(readIsoTime('2026-11-22 10:00:00.000Z')).toBe(at);
  expect(readIsoTime('2026-11-22T12:00:00+02:00')).toBe(at);
  expect(readIsoTime('2026-11-22')).toBe(Date.UTC(2026, 10, 22));
  expect(readIsoTime('2026-02-30T99:00')).toBeUndefined();
  expect(readIsoTime('22.11.2026')).toBeUndefined();
});
