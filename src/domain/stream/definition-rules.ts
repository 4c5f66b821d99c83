import { looksSecret } from '../secret-looks';
import { type DefinitionProblem, endpointProblems } from './endpoint-rules';
import { type CallTemplate, jsonProblem, type ParameterDefinition, valueProblem } from './parameters';
import { filterProblem, isParameterName, parseTemplate, type TemplatePart } from './template';
import { type JsonValue } from './vocabulary';

/** Levels of objects and lists in one another; Braze's own objects have a handful. */
const MOST_LEVELS = 16;
const MOST_CHARACTERS = 64 * 1024;
const MOST_PARAMETERS = 200;
const UNSAFE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A text of a payload with the place where it stands. */
interface Leaf {
  path: (string | number)[];
  text: string;
}

/** Everything that keeps a definition from being an External API; empty if nothing does. */
export function definitionProblems(template: CallTemplate): DefinitionProblem[] {
  const unusable = payloadProblem(template.payload);
  if (unusable !== undefined) return [{ path: ['payload'], problem: unusable }];
  const leaves: Leaf[] = [];
  const problems = walkPayload(template.payload, ['payload'], leaves);
  problems.push(...parameterProblems(template.parameters));
  problems.push(...leaves.flatMap((leaf) => leafProblems(leaf, template.parameters)));
  problems.push(...unusedProblems(leaves, template.parameters));
  return problems.length > 0 ? problems : endpointProblems(template);
}

/** Before anything walks through it. */
function payloadProblem(payload: JsonValue): string | undefined {
  const problem = jsonProblem(payload, MOST_LEVELS);
  if (problem !== undefined) return problem;
  return JSON.stringify(payload).length > MOST_CHARACTERS ? 'is larger than 64 KB' : undefined;
}

function walkPayload(value: JsonValue, path: (string | number)[], leaves: Leaf[]): DefinitionProblem[] {
  if (typeof value === 'string') {
    leaves.push({ path, text: value });
    return [];
  }
  if (Array.isArray(value)) return value.flatMap((entry, at) => walkPayload(entry, [...path, at], leaves));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) => {
    const problem = nameProblem(name);
    const inside = walkPayload(held, [...path, name], leaves);
    return problem === undefined ? inside : [{ path, problem }, ...inside];
  });
}

function nameProblem(name: string): string | undefined {
  if (UNSAFE_NAMES.has(name)) return `has a field named ${name}`;
  return /\{\{|\{%/.test(name) ? 'has a hole in the name of a field: names are never templates' : undefined;
}

function parameterProblems(parameters: CallTemplate['parameters']): DefinitionProblem[] {
  const entries = Object.entries(parameters);
  if (entries.length > MOST_PARAMETERS)
    return [{ path: ['parameters'], problem: `holds more than ${MOST_PARAMETERS} parameters` }];
  return entries.flatMap(([name, definition]) => {
    const problem = isParameterName(name)
      ? parameterProblem(definition)
      : 'must be named by letters, digits and _, beginning with a letter, and be no word of Liquid';
    return problem === undefined ? [] : [{ path: ['parameters', name], problem }];
  });
}

function parameterProblem({
  type,
  required,
  default: byDefault,
  secret,
}: ParameterDefinition): string | undefined {
  if (secret !== undefined) {
    if (type !== 'string' || !required) return 'is filled by a secret, so it must be a required string';
    return byDefault === undefined ? undefined : 'is filled by a secret, so it can have no default';
  }
  if (byDefault === undefined) return undefined;
  if (byDefault === null) return 'has null as its default; leave the default out';
  const problem = valueProblem(type, byDefault);
  return problem === undefined ? undefined : `has a default that ${problem}`;
}

function leafProblems({ path, text }: Leaf, parameters: CallTemplate['parameters']): DefinitionProblem[] {
  const parsed = parseTemplate(text);
  if (!parsed.ok) return [{ path, problem: parsed.problem }];
  const { parts } = parsed;
  const problems = parts.flatMap((part) =>
    typeof part === 'string' ? [] : holeProblems(part, parts, parameters),
  );
  if (parts.length === 1 && parts[0] === text && isSecretByPlace(path, text)) {
    const problem = 'looks like a secret; declare a parameter with a secret reference in its place';
    return [{ path, problem, code: 'SECRET_LITERAL' }];
  }
  return problems.map((problem) => ({ path, problem }));
}

function holeProblems(
  hole: Exclude<TemplatePart, string>,
  parts: readonly TemplatePart[],
  parameters: CallTemplate['parameters'],
): string[] {
  const { parameter, filters } = hole;
  const definition = Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined;
  if (definition === undefined) return [`has the hole ${parameter}, which is not among the parameters`];
  const isAlone = parts.length === 1;
  if (definition.secret !== undefined && (!isAlone || filters.length > 0))
    return [`has the secret ${parameter} within a longer text or with filters; it has to stand alone`];
  if (definition.type === 'json' && !isAlone)
    return [`has ${parameter}, which may be more than a text, within a longer one`];
  const problem = filterProblem(hole, definition.type);
  return problem === undefined ? [] : [problem];
}

function unusedProblems(
  leaves: readonly Leaf[],
  parameters: CallTemplate['parameters'],
): DefinitionProblem[] {
  const used = new Set<string>();
  for (const { text } of leaves) {
    const parsed = parseTemplate(text);
    if (!parsed.ok) return [];
    for (const part of parsed.parts) if (typeof part !== 'string') used.add(part.parameter);
  }
  return Object.keys(parameters)
    .filter((name) => !used.has(name))
    .map((name) => ({ path: ['parameters', name], problem: 'is used nowhere in the payload' }));
}

const SECRET_NAME =
  /(?:api|rest|access|private)[_-]?key|secret|password|passwd|credential|bearer|auth_?token/i;
const SHORTEST_SECRET = 8;

/** By the name of its field, or by its own look. */
function isSecretByPlace(path: readonly (string | number)[], text: string): boolean {
  const name = path.findLast((part) => typeof part === 'string') ?? '';
  return looksSecret(text) || (SECRET_NAME.test(name) && text.trim().length >= SHORTEST_SECRET);
}
