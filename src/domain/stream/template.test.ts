import fc from 'fast-check';
import { filterProblem, holesOf, isParameterName, parseTemplate, SAFE_FILTER_NAMES } from './template';

function problemOf(text: string): string | undefined {
  const parsed = parseTemplate(text);
  return parsed.ok ? undefined : parsed.problem;
}

test('texts are taken apart at their holes', () => {
  expect(parseTemplate('')).toEqual({ ok: true, parts: [] });
  expect(parseTemplate('plain } { text')).toEqual({ ok: true, parts: ['plain } { text'] });
  expect(parseTemplate('Hi {{ name }}, {{other}}!')).toEqual({
    ok: true,
    parts: [
      'Hi ',
      { parameter: 'name', filters: [], expression: 'name' },
      ', ',
      { parameter: 'other', filters: [], expression: 'other' },
      '!',
    ],
  });
});

test('filters and their arguments are spelled anew', () => {
  const [hole] = holesOf(`{{ name|append:'a | b, c' |  slice : 1 , -2.5| default:"x" }}`);
  expect(hole?.expression).toBe('name | append: "a | b, c" | slice: 1, -2.5 | default: "x"');
  expect(holesOf('no hole')).toEqual([]);
  expect(holesOf('{{')).toEqual([]);
});

test.each([
  ['{{ a.b }}', 'plain name'],
  ['{{ a[0] }}', 'plain name'],
  ['{{ "text" }}', 'plain name'],
  ['{{}}', 'plain name'],
  ['{{ nil }}', 'plain name'],
  ['{{ __proto__ }}', 'plain name'],
  ['{{ constructor | upcase }}', 'plain name'],
  ['{{- a -}}', 'plain name'],
  ['{{ a || b }}', 'none of'],
  ['{{ a | }}', 'none of'],
  ['{{ a | split: "," }}', 'none of'],
  ['{{ a | replace: "a", "b" }}', 'the filter replace'],
  ['{{ a | NO }}', 'the filter NO, which is none of'],
  ['{{ a | sha256 }}', 'the filter sha256, which is none of'],
  ['{{ a | base64_encode: 1 }}', 'the filter base64_encode, which is none of'],
  ['{{ a | 4711 }}', 'something that is none of'],
  [`{{ a | ${'n'.repeat(31)} }}`, 'something that is none of'],
  ['{{ a | append }}', 'gives the filter append 0 arguments'],
  ['{{ a | append: "b", "c" }}', 'gives the filter append 2 arguments'],
  ['{{ a | append: 1 }}', 'wrong kind'],
  ['{{ a | plus: "1" }}', 'wrong kind'],
  ['{{ a | append: b }}', 'no plain texts or numbers'],
  ['{{ a | append: "b\\"" }}', 'no plain texts or numbers'],
  ['{{ a | append: "b" "c" }}', 'no plain texts or numbers'],
  ['{{ a | append: "b", }}', 'no plain texts or numbers'],
  ['{{ a | date: "%9999999d" }}', 'widths'],
  ['{% include "x" %}', 'tag'],
  ['{% if a %}{{ a }}', 'tag'],
  ['{{ a', 'no hole'],
  ['a }}', 'no hole'],
  ['{{ {{ a }} }}', 'no hole'],
  ['{{{ a }}}', 'three braces'],
])('%s is refused', (text, problem) => {
  expect(problemOf(text)).toContain(problem);
});

test('no text makes it throw or takes long, and what is good is spelled from its parts', () => {
  const bits = fc.constantFrom(
    '{{',
    '}}',
    '{',
    '}',
    '{%',
    '%}',
    '|',
    ':',
    ',',
    '"',
    "'",
    ' ',
    'a',
    'append',
    '1',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 40 }), (parts) => {
      const parsed = parseTemplate(parts.join(''));
      if (!parsed.ok) return;
      for (const part of parsed.parts) {
        if (typeof part === 'string') expect(part).not.toMatch(/\{\{|\}\}|\{%|%\}/);
        else expect(holesOf(`{{ ${part.expression} }}`)).toEqual([part]);
      }
    }),
  );
  const hostile = `{{ a | append: ${'"'.repeat(50_000)} }}`;
  expect(problemOf(hostile)).toBeDefined();
  expect(problemOf(`{{ ${' '.repeat(50_000)}`)).toBeDefined();
});

test('filters are for values of their kind', () => {
  const problem = (text: string, type: Parameters<typeof filterProblem>[1]) =>
    holesOf(text).map((hole) => filterProblem(hole, type))[0];
  expect(problem('{{ a | upcase | append: "x" }}', 'string')).toBeUndefined();
  expect(problem('{{ a | plus: 1 | append: "x" }}', 'integer')).toBeUndefined();
  expect(problem('{{ a | default: 1 | plus: 1 }}', 'number')).toBeUndefined();
  expect(problem('{{ a | date: "%Y" | append: "!" }}', 'time')).toBeUndefined();
  expect(problem('{{ a | upcase }}', 'boolean')).toBeUndefined();
  expect(problem('{{ a | plus: 1 }}', 'string')).toContain('takes number');
  expect(problem('{{ a | append: "x" | plus: 1 }}', 'number')).toContain('takes number');
  expect(problem('{{ a | date: "%Y" }}', 'string')).toContain('takes time');
  expect(problem('{{ a | upcase }}', 'json')).toContain('takes text');
  expect(
    filterProblem({ parameter: 'a', filters: [{ name: 'split', args: [] }], expression: '' }, 'string'),
  ).toContain('none of');
});

test('names of parameters', () => {
  expect(['a', '_a1', 'Name'].every(isParameterName)).toBe(true);
  expect(['', '1a', 'a-b', 'a.b', 'true', 'prototype', 'a'.repeat(65)].some(isParameterName)).toBe(false);
  expect(SAFE_FILTER_NAMES).toContain('default');
});
