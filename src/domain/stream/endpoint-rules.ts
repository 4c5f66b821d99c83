import { TRACK_ARRAYS } from '../track-answer';
import { identifyingFields, isJsonObject, ownField, personObjects } from './call-identifier';
import { type CallTemplate } from './parameters';
import { holesOf } from './template';
import { type JsonObject, type JsonValue } from './vocabulary';

/** What is wrong with one place of a definition. */
export interface DefinitionProblem {
  /** From the definition on. */
  path: (string | number)[];
  problem: string;
  /** `INPUT_INVALID` unless it is given. */
  code?: 'PAYLOAD_SEVERAL_USERS' | 'SECRET_LITERAL' | undefined;
}

/** Objects of one request. https://www.braze.com/docs/api/api_limits (read 2026-11-22) */
export const MOST_OBJECTS = 75;

/** What the endpoint asks of a payload: whom it is about, and what may stand beside that. */
export function endpointProblems(template: CallTemplate): DefinitionProblem[] {
  const shape = template.endpoint === 'users.track' ? trackProblems(template) : triggerProblems(template);
  return shape.length > 0 ? shape : personProblems(template);
}

function trackProblems({ payload }: CallTemplate): DefinitionProblem[] {
  const known: readonly string[] = TRACK_ARRAYS;
  const problems: DefinitionProblem[] = [];
  for (const [name, value] of Object.entries(payload)) {
    const path = ['payload', name];
    if (!known.includes(name))
      problems.push({ path, problem: 'is none of attributes, events and purchases' });
    else if (!isListOfObjects(value)) problems.push({ path, problem: 'must be a list of objects' });
  }
  if (problems.length > 0) return problems;
  const count = personObjects('users.track', payload).length;
  if (count === 0) {
    return [
      { path: ['payload'], problem: 'must hold at least one object in attributes, events or purchases' },
    ];
  }
  return count > MOST_OBJECTS
    ? [{ path: ['payload'], problem: `holds ${count} objects; Braze takes ${MOST_OBJECTS} in one request` }]
    : [];
}

const TRIGGERED = { 'canvas.trigger.send': 'canvas_id', 'campaigns.trigger.send': 'campaign_id' } as const;
/** What would reach others than the one person that a call is for. */
const BEYOND_ONE = ['broadcast', 'audience', 'segment_id'];

function triggerProblems({ endpoint, payload }: CallTemplate): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const id = endpoint === 'users.track' ? '' : TRIGGERED[endpoint];
  const given = ownField(payload, id);
  if (typeof given !== 'string' || given.trim() === '')
    problems.push({ path: ['payload', id], problem: 'is missing: it says what is triggered' });
  for (const name of BEYOND_ONE) {
    if (Object.hasOwn(payload, name))
      problems.push({ path: ['payload', name], problem: 'would reach others than the one recipient' });
  }
  const recipients = ownField(payload, 'recipients');
  if (!isListOfObjects(recipients) || recipients.length !== 1)
    problems.push({ path: ['payload', 'recipients'], problem: 'must be a list of exactly one recipient' });
  return problems;
}

function personProblems(template: CallTemplate): DefinitionProblem[] {
  const { endpoint, payload } = template;
  const problems: DefinitionProblem[] = [];
  const people = new Set<string>();
  for (const object of personObjects(endpoint, payload)) {
    const names = identifyingFields(endpoint, object);
    const [name = ''] = names;
    if (names.length !== 1) {
      const problem = names.length === 0 ? 'names nobody' : `names a person by ${names.join(' and ')}`;
      problems.push({
        path: ['payload'],
        problem: `holds an object that ${problem}; exactly one identifier is needed`,
      });
      continue;
    }
    const value = ownField(object, name) ?? null;
    people.add(JSON.stringify([name, value]));
    const problem = identifierProblem(name, value, template);
    if (problem !== undefined) problems.push({ path: ['payload'], problem });
  }
  if (people.size > 1) {
    const problem = 'names several people: every object of one call has to be about the same one';
    problems.push({ path: ['payload'], problem, code: 'PAYLOAD_SEVERAL_USERS' });
  }
  return problems;
}

/** An identifier has to come from each person: a fixed one, or one by default, would write everybody onto one profile. */
function identifierProblem(name: string, value: JsonValue, { parameters }: CallTemplate): string | undefined {
  const parts: JsonValue[] = name === 'user_alias' ? aliasTexts(value) : [value];
  if (parts.length === 0) return 'holds a user_alias without alias_name and alias_label';
  const [text = null] = parts;
  if (typeof text !== 'string') return `holds an identifier ${name} that is no text`;
  const holes = holesOf(text);
  if (holes.length === 0) return `holds a fixed ${name}: it would write everybody onto one profile`;
  const isSure = holes.every(({ parameter, filters }) => {
    const definition = Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined;
    if (definition === undefined) return true;
    const hasDefault =
      definition.default !== undefined || filters.some((filter) => filter.name === 'default');
    return definition.required && !hasDefault && !definition.perEngagement;
  });
  return isSure
    ? undefined
    : `fills ${name} by a parameter that is optional, has a default or is the same for everybody`;
}

function aliasTexts(value: JsonValue): JsonValue[] {
  if (!isJsonObject(value)) return [];
  const { alias_name: name, alias_label: label } = value;
  return name === undefined || typeof label !== 'string' ? [] : [name];
}

function isListOfObjects(value: JsonValue | undefined): value is JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}
