import { z } from 'zod';
import { type SegmentCondition, type SegmentDefinition } from '../engagement';
import { type Outcome } from '../errors';
import { integrationNameSchema, nonBlankSchema } from './fields';
import { toJsonSchema } from './json-schema';
import { describeIssue, parseInput, strictObject } from './parse-input';
import { eventConditionSchema, fieldConditionSchema } from './segment-terms';

/** Levels of all, any and not, and the test inside them, that a condition may have. */
const MOST_CONDITION_LEVELS = 16;
/** Tests that a condition may have. */
const MOST_CONDITION_TERMS = 100;

const KINDS = ['all', 'any', 'not', 'event', 'field'] as const;
type Kind = (typeof KINDS)[number];
const KINDS_TOLD = 'all, any, not, event or field';

const listSchema = z.array(z.unknown()).min(1).max(MOST_CONDITION_TERMS);
const FORMS = {
  all: strictObject({ all: listSchema }),
  any: strictObject({ any: listSchema }),
  not: strictObject({ not: z.unknown() }),
  event: eventConditionSchema,
  field: fieldConditionSchema,
} as const;

interface Problem {
  path: PropertyKey[];
  message: string;
}

/** A part of a condition, and where it stands. */
interface Term {
  value: unknown;
  path: PropertyKey[];
  levels: number;
}

/** Looks at one term after the other and stops at the first too many, so that a huge input is not walked through in whole. */
function conditionProblems(condition: unknown): Problem[] {
  const problems: Problem[] = [];
  const waiting: Term[] = [{ value: condition, path: [], levels: MOST_CONDITION_LEVELS }];
  let tests = 0;
  for (let term = waiting.pop(); term !== undefined; term = waiting.pop()) {
    const inner = innerTerms(term);
    problems.push(...termProblems(term));
    waiting.push(...inner.toReversed());
    if (inner.length === 0) tests += 1;
    if (tests > MOST_CONDITION_TERMS)
      return [{ path: [], message: `has more than ${MOST_CONDITION_TERMS} tests` }];
  }
  return problems;
}

function innerTerms({ value, path, levels }: Term): Term[] {
  if (levels === 1) return [];
  const [kind] = kindsOf(value);
  const held: unknown = kind === undefined ? undefined : valueUnder(value, kind);
  if (kind === 'not') return [{ value: held, path: [...path, kind], levels: levels - 1 }];
  if ((kind !== 'all' && kind !== 'any') || !Array.isArray(held)) return [];
  return held.slice(0, MOST_CONDITION_TERMS + 1).map((inner: unknown, index) => ({
    value: inner,
    path: [...path, kind, index],
    levels: levels - 1,
  }));
}

function termProblems({ value, path, levels }: Term): Problem[] {
  const [kind, ...others] = kindsOf(value);
  if (kind === undefined) return [{ path, message: formProblem(value) }];
  if (others.length > 0) {
    const message = `has ${[kind, ...others].join(' and ')}; a term has one of them`;
    return [{ path, message }];
  }
  if (levels === 1 && kind !== 'event' && kind !== 'field')
    return [{ path, message: `is nested more than ${MOST_CONDITION_LEVELS} levels deep` }];
  const parsed = FORMS[kind].safeParse(value, { error: describeIssue });
  return (parsed.error?.issues ?? []).map((issue) => ({
    path: [...path, ...issue.path],
    message: issue.message,
  }));
}

function formProblem(value: unknown): string {
  if (value === undefined) return 'is missing';
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? `needs one of ${KINDS_TOLD}` : `must be an object with ${KINDS_TOLD}`;
}

function kindsOf(value: unknown): Kind[] {
  if (typeof value !== 'object' || value === null) return [];
  return KINDS.filter((kind) => Object.hasOwn(value, kind));
}

function valueUnder(value: unknown, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** The condition again: within its own `$id`, wherever that stands in a larger schema. */
const ITSELF = { $ref: '#' };
const listed = { type: 'array', minItems: 1, maxItems: MOST_CONDITION_TERMS, items: ITSELF };
const holder = (name: Kind, description: string, held: object) => ({
  type: 'object',
  properties: { [name]: { description, ...held } },
  required: [name],
  additionalProperties: false,
});

/** A condition of a segment: terms under all, any and not, each a test of events or of a field. */
export const segmentConditionSchema = z
  .custom<SegmentCondition>()
  .superRefine((value, context) => {
    for (const { path, message } of conditionProblems(value))
      context.addIssue({ code: 'custom', path, message });
  })
  .meta({
    $id: 'urn:brazier:segment-condition',
    oneOf: [
      holder('all', 'Every one of these holds.', listed),
      holder('any', 'At least one of these holds.', listed),
      holder('not', 'This does not hold.', { allOf: [ITSELF] }),
      toJsonSchema(eventConditionSchema),
      toJsonSchema(fieldConditionSchema),
    ],
  });

/** A segment as a person defines it. */
export const segmentSchema = strictObject({
  integration: integrationNameSchema.describe('Integration whose people it is about.'),
  name: integrationNameSchema.describe('Name of the segment.'),
  description: nonBlankSchema.max(2000).exactOptional().describe('What it is for, in words.'),
  condition: segmentConditionSchema.describe('What makes somebody a member; docs/segments.md says more.'),
});

/** Checks a segment as it was given. */
export function parseSegment(input: unknown): Outcome<SegmentDefinition> {
  return parseInput<SegmentDefinition>(segmentSchema, input, 'A segment');
}
