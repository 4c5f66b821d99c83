import { z } from 'zod';
import { issueLines, parseInput, strictObject, withCode } from './parse-input';

/** What is said about an input that is refused. */
function problemsOf(schema: z.ZodType, input: unknown): { code: string; message: string } {
  const parsed = parseInput(schema, input, 'test');
  if (parsed.ok) throw new Error('the input was taken');
  const { code, message } = parsed.fault;
  return { code, message };
}

const schema = strictObject({
  count: z.int().min(2).max(5),
  name: z.string().min(1).max(4),
  code: z.string().min(3),
  list: z.array(z.string()).min(1).max(2),
  place: z.object({ key: z.string() }),
  either: z.union([z.string(), z.number()]),
  mode: z.enum(['on', 'off']),
});
const good = {
  count: 3,
  name: 'abc',
  code: 'abc',
  list: ['a'],
  place: { key: 'k' },
  either: 1,
  mode: 'on',
};

test('a good input is its value', () => {
  expect(parseInput(schema, good, 'test')).toEqual({ ok: true, value: good });
});

test.each([
  [{ count: 2.5 }, 'count: must be a whole number, not a number'],
  [{ count: '3' }, 'count: must be a number, not a string'],
  [{ count: 1 }, 'count: must be at least 2'],
  [{ count: 6 }, 'count: must be at most 5'],
  [{ count: null }, 'count: must be a number, not null'],
  [{ name: '' }, 'name: must not be blank'],
  [{ name: 'abcde' }, 'name: must have at most 4 characters'],
  [{ code: 'a' }, 'code: must have at least 3 characters'],
  [{ list: [] }, 'list: must have at least 1 entries'],
  [{ list: ['a', 'b', 'c'] }, 'list: must have at most 2 entries'],
  [{ list: ['a', 7] }, 'list[1]: must be a string, not a number'],
  [{ list: 'a' }, 'list: must be an array, not a string'],
  [{ place: ['k'] }, 'place: must be an object, not a list'],
  [{ place: {} }, 'place.key: is missing'],
  [{ either: true }, 'either: is none of the forms that may stand here'],
  [{ mode: 'maybe' }, 'mode: must be "on" or "off"'],
  [{ modes: 'on' }, 'unknown field "modes" (did you mean "mode"?)'],
  [{ a_z: 1, b_z: 2 }, 'unknown fields "a_z", "b_z"'],
])('%j: says what is wrong and where', (change, sentence) => {
  expect(problemsOf(schema, { ...good, ...change })).toEqual({
    code: 'INPUT_INVALID',
    message: `test cannot use its input. ${sentence}.`,
  });
});

test('every problem is told at once', () => {
  const { message } = problemsOf(schema, { ...good, count: 1, mode: undefined });
  expect(message).toContain('count: must be at least 2; mode: is missing');
});

test('every field is told apart, for those who show problems beside the fields', () => {
  const parsed = parseInput(schema, { ...good, count: 1, place: {}, modes: 'on' }, 'test');
  expect(parsed.ok ? [] : parsed.fault.fields).toEqual([
    { field: 'count', problem: 'must be at least 2' },
    { field: 'place.key', problem: 'is missing' },
    { field: '', problem: 'unknown field "modes" (did you mean "mode"?)' },
  ]);
});

test('an issue without a place is only its sentence', () => {
  const issues = [
    { code: 'custom', path: [], message: 'is wrong', input: 1 },
    { code: 'custom', path: ['a', 0, 'b'], message: 'is wrong', input: 1 },
  ] as const;
  expect(issueLines(issues.map((issue) => ({ ...issue, path: [...issue.path] })))).toEqual([
    'is wrong',
    'a[0].b: is wrong',
  ]);
});

test.each([
  [undefined, 'nothing'],
  [null, 'null'],
  [[good], 'a list'],
  ['{}', 'a string'],
  [7, 'a number'],
])('one JSON object is wanted; %j is none', (input, told) => {
  expect(problemsOf(schema, input).message).toBe(`test takes one JSON object; ${told} was given.`);
});

describe('a secret in clear text', () => {
  const withSecret = strictObject({
    key: z.string().refine((text) => text.startsWith('env:'), {
      error: 'must be a reference',
      ...withCode('SECRET_LITERAL'),
    }),
    nested: strictObject({ name: z.string() }).optional(),
  });
  const PASTED = 'k-0123456789';

  test.each([
    [{ key: PASTED }],
    [{ key: 'env:KEY', restKey: PASTED }],
    [{ key: 'env:KEY', nested: { name: 'n', password: PASTED } }],
  ])('is told apart and never repeated', (input) => {
    const problems = problemsOf(withSecret, input);
    expect(problems.code).toBe('SECRET_LITERAL');
    expect(problems.message).toContain('in clear text');
    expect(JSON.stringify(problems)).not.toContain(PASTED);
  });

  test.each([
    [{ key: '' }],
    [{ key: ' ' }],
    [{ key: 'env:KEY', restKey: 'env:OTHER' }],
    [{ key: 'env:KEY', restKey: 7 }],
    [{ key: 'env:KEY', colour: PASTED }],
  ])('is not seen where there is none: %j', (input) => {
    expect(problemsOf(withSecret, input).code).toBe('INPUT_INVALID');
  });
});

test('a secret is seen by its look where any text may stand', () => {
  const taking = strictObject({ name: z.string(), map: z.record(z.string(), z.string()).optional() });
  const key = 'AKIAIOSFODNN7EXAMPLE';
  expect(problemsOf(taking, { name: key })).toEqual({
    code: 'SECRET_LITERAL',
    message: 'test was given a secret in clear text. name: holds what looks like a secret in clear text.',
  });
  expect(problemsOf(taking, { name: 'n', map: { a1b2c3d4e5f6: key } }).message).toContain('map.(…): holds');
});

test('a name that may be a pasted secret is not repeated', () => {
  expect(problemsOf(schema, { ...good, '11111111-2222-3333-4444-555555555555': 1 }).message).toContain(
    'unknown field (a name that is not repeated here)',
  );
});

describe('refusals with sentences of their own', () => {
  const own = strictObject({
    address: z.email({ error: 'must be an e-mail address' }).optional(),
    link: z.url().optional(),
    odd: z
      .number()
      .refine((value) => value % 2 === 1)
      .optional(),
    step: z.number().multipleOf(5).optional(),
    map: z.record(z.string().max(1), z.number()).optional(),
    strict: z.strictObject({}).optional(),
  });

  test('keep them', () => {
    expect(problemsOf(own, { address: 'nobody' }).message).toContain('address: must be an e-mail address');
  });

  test.each([
    [{ link: 'nowhere' }],
    [{ odd: 2 }],
    [{ step: 7 }],
    [{ map: { long: 1 } }],
    [{ strict: { a: 1 } }],
  ])('or have the library’s, after the field: %j', (input) => {
    const [field = ''] = Object.keys(input);
    expect(problemsOf(own, input).message).toMatch(new RegExp(`\\. ${field}[^:]*: \\S`));
  });
});

test('a rule that points to where nothing can be is no reason to fall over', () => {
  const pointing = strictObject({
    key: z.string().superRefine((_, context) => {
      context.addIssue({
        code: 'custom',
        message: 'is wrong',
        path: ['inner'],
        ...withCode('SECRET_LITERAL'),
      });
    }),
  });
  expect(problemsOf(pointing, { key: 'abc' })).toEqual({
    code: 'INPUT_INVALID',
    message: 'test cannot use its input. key.inner: is wrong.',
  });
});

/** A value in so many lists, or in so many objects. */
function wrapped(levels: number, wrap: (value: unknown) => unknown): unknown {
  let nested: unknown = 'AKIAIOSFODNN7EXAMPLE';
  for (let level = 0; level < levels; level += 1) nested = wrap(nested);
  return nested;
}

test.each([
  ['lists', (value: unknown) => [value]],
  ['objects', (value: unknown) => ({ secret: value })],
])('%s in one another: 64 levels are looked into, more are refused however many', (_, wrap) => {
  expect(problemsOf(schema, { ...good, more: wrapped(63, wrap) }).code).toBe('SECRET_LITERAL');
  for (const levels of [64, 5_000, 200_000]) {
    expect(problemsOf(schema, { ...good, more: wrapped(levels, wrap) })).toEqual({
      code: 'INPUT_INVALID',
      message: 'test cannot use its input. It is nested more than 64 levels deep.',
    });
  }
});

test('as many secrets and unknown fields as fit into a message are told', () => {
  const list = Array.from({ length: 30_000 }, () => 'a://:@');
  expect(problemsOf(z.object({ list: z.array(z.string()) }), { list }).code).toBe('SECRET_LITERAL');
  const fields = Object.fromEntries(list.map((_, index) => [`a${index}_token`, 'env:A']));
  expect(problemsOf(schema, { ...good, ...fields }).code).toBe('INPUT_INVALID');
  expect(problemsOf(schema, { ...good, ['a'.repeat(1_000_000)]: 1 }).code).toBe('INPUT_INVALID');
});

test('a text that no database keeps is told by its place, wherever it stands', () => {
  const open = z.object({ words: z.unknown() });
  const problem = 'holds a NUL character or half of a surrogate pair';
  for (const text of ['a\u0000', '\ud800b', 'a\udc00'])
    expect(problemsOf(open, { words: [{ in: text }] })).toEqual({
      code: 'INPUT_INVALID',
      message: `test cannot use its input. words[0].in: ${problem}.`,
    });
  expect(problemsOf(open, { words: { 'a\u0000': 1 } }).message).toContain(`words: ${problem}`);
  expect(parseInput(open, { words: 'a \ud83d\ude00' }, 'test').ok).toBe(true);
});
