import { z } from 'zod';
import { isKeepable } from '../../domain/stream/event-data';
import { isPlainName } from '../../domain/secret-looks';
import { type ErrorCode, type FieldProblem, type Outcome, fault, isErrorCode, success } from '../errors';
import { findSecretTexts, holdsSecret, isClearText } from './clear-text';
import { nearestName } from './nearest-name';
import { isNestedTooDeep, MOST_LEVELS } from './nesting';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/** An object that refuses unknown fields by name and says which one was probably meant. */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? describeUnknown(unknownKeys(issue), known) : undefined,
  });
}

/** A refinement's parameters that give its failure a code of its own. */
export function withCode(code: ErrorCode): { params: { code: ErrorCode } } {
  return { params: { code } };
}

/**
 * Parses what a person or a service handed in. The message lists every bad field with its path and never repeats a value,
 * since any of them could be a pasted secret or a member.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, taker: string): Outcome<T> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return fault('INPUT_INVALID', `${taker} takes one JSON object; ${describeNonObject(input)} was given.`);
  }
  if (isNestedTooDeep(input)) {
    return fault(
      'INPUT_INVALID',
      `${taker} cannot use its input. It is nested more than ${MOST_LEVELS} levels deep.`,
    );
  }
  const parsed = schema.safeParse(input, { error: describeIssue });
  const issues = [
    ...secretIssues(input),
    ...unkeptIssues(input),
    ...(parsed.success ? [] : parsed.error.issues),
  ];
  return parsed.success && issues.length === 0
    ? success(parsed.data)
    : withFields(toFault(issues, input, taker), issues);
}

/** Secrets in fields that take any text, where no schema would notice them. */
function secretIssues(input: object): Issue[] {
  return findSecretTexts(input).map((path) => ({
    code: 'custom',
    path,
    message: 'holds what looks like a secret in clear text',
    input: undefined,
    params: { code: 'SECRET_LITERAL' },
  }));
}

/** Texts that no database would keep, wherever they stand; the deepest input has been refused before. */
function unkeptIssues(input: object): Issue[] {
  return findUnkept(input).map((path) => ({
    code: 'custom',
    path,
    message: 'holds a NUL character or half of a surrogate pair',
    input: undefined,
  }));
}

function findUnkept(value: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] {
  if (typeof value === 'string') return isKeepable(value) ? [] : [[...path]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) =>
    isKeepable(name) ? findUnkept(held, [...path, Array.isArray(value) ? Number(name) : name]) : [[...path]],
  );
}

/** One line for each issue: `path: what is wrong`. */
export function issueLines(issues: readonly Issue[]): string[] {
  return issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${pathOf(issue)}: ${issue.message}`,
  );
}

/** The same problems field by field, for those who show them beside the fields. */
function withFields(refused: Outcome<never>, issues: readonly Issue[]): Outcome<never> {
  if (refused.ok) return refused;
  const fields = issues.map((issue): FieldProblem => ({ field: pathOf(issue), problem: issue.message }));
  return { ok: false, fault: { ...refused.fault, fields } };
}

function toFault(issues: readonly Issue[], input: unknown, taker: string): Outcome<never> {
  const problems = [...new Set(issueLines(issues))].join('; ');
  const codes = issues.map((issue) => codeOf(issue, input));
  if (codes.includes('SECRET_LITERAL')) {
    return fault('SECRET_LITERAL', `${taker} was given a secret in clear text. ${problems}.`);
  }
  const [code = 'INPUT_INVALID'] = codes;
  // What is wrong in one way only has a code that says which.
  if (code !== 'INPUT_INVALID' && codes.every((other) => other === code)) return fault(code, `${problems}.`);
  return fault('INPUT_INVALID', `${taker} cannot use its input. ${problems}.`);
}

function codeOf(issue: Issue, input: unknown): ErrorCode {
  if (issue.path[0] === 'terms') return 'TERMS_NOT_ACCEPTED';
  if (issue.code === 'unrecognized_keys') {
    const holder = valueAt(input, issue.path);
    return issue.keys.some((key) => holdsSecret(key, valueAt(holder, [key])))
      ? 'SECRET_LITERAL'
      : 'INPUT_INVALID';
  }
  const code: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  if (typeof code !== 'string' || !isErrorCode(code)) return 'INPUT_INVALID';
  if (code !== 'SECRET_LITERAL') return code;
  return isClearText(valueAt(input, issue.path)) ? code : 'INPUT_INVALID';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    // Looked up by name: an input may have as many fields as issues.
    current = Object.getOwnPropertyDescriptor(current, part)?.value;
  }
  return current;
}

/** Says what is wrong with a value, without repeating it. */
export function describeIssue(issue: RawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${withArticle(issue.expected)}, not ${typeName(issue.input)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return describeBound('at least', issue.minimum, issue.origin);
    case 'too_big':
      return describeBound('at most', issue.maximum, issue.origin);
    case 'invalid_union':
      return 'is none of the forms that may stand here';
    // Their schemas bring sentences of their own.
    case 'custom':
    case 'invalid_format':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return undefined;
  }
}

function describeBound(side: string, bound: number | bigint, origin: string): string {
  if (origin === 'string') return bound === 1 ? 'must not be blank' : `must have ${side} ${bound} characters`;
  if (origin === 'array') return `must have ${side} ${bound} entries`;
  return `must be ${side} ${bound}`;
}

function describeUnknown(keys: readonly string[], known: readonly string[]): string {
  const named = keys.map((key) => {
    const meant = nearestName(key, known);
    const name = shownName(key);
    return meant === undefined ? name : `${name} (did you mean "${meant}"?)`;
  });
  return `${keys.length === 1 ? 'unknown field' : 'unknown fields'} ${named.join(', ')}`;
}

function shownName(key: string): string {
  return isPlainName(key) ? `"${key}"` : '(a name that is not repeated here)';
}

function unknownKeys(issue: RawIssue): readonly string[] {
  return issue.code === 'unrecognized_keys' ? issue.keys : [];
}

function pathOf(issue: Issue): string {
  return issue.path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return `${index === 0 ? '' : '.'}${isPlainName(String(part)) ? String(part) : '(…)'}`;
    })
    .join('');
}

function withArticle(expected: string): string {
  if (expected === 'int') return 'a whole number';
  return `${/^[aeio]/.test(expected) ? 'an' : 'a'} ${expected}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : withArticle(typeof value);
}

function describeNonObject(value: unknown): string {
  return value === undefined ? 'nothing' : typeName(value);
}
