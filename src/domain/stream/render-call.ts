import { utf8Length } from '../identifiers';
import { isPlainName } from '../secret-looks';
import { type CallIdentifier, isJsonObject, personObjects, readIdentifier } from './call-identifier';
import { definitionProblems } from './definition-rules';
import { type DefinitionProblem } from './endpoint-rules';
import { type CallTemplate, type ParameterDefinition, valueProblem } from './parameters';
import { isRepeatable } from './repeatable';
import { type Hole, isParameterName, parseTemplate, type TemplatePart } from './template';
import { type CallEndpoint, type JsonObject, type JsonValue } from './vocabulary';

/** What evaluates a hole's filters: Liquid, given from outside. */
export interface TemplateEngine {
  /** An expression of our own spelling, compiled once. */
  compile(expression: string): HoleEvaluator;
}

/** The value of a hole; it never throws. */
export type HoleEvaluator = (
  parameter: string,
  value: JsonValue | undefined,
) => { ok: true; value: unknown } | { ok: false };

/** An External API that is ready to make calls. */
export interface CompiledCall {
  readonly endpoint: CallEndpoint;
  readonly parameters: ReadonlyMap<string, ParameterDefinition>;
  readonly root: Node;
}

/** Where a secret has to be filled in at the moment of sending. */
export interface SecretHole {
  /** JSON Pointer (RFC 6901) into the body. */
  pointer: string;
  reference: `env:${string}` | `file:${string}`;
}

/** Why no call can be made of the values. Says names of parameters, never a value. */
export interface RenderRefusal {
  ok: false;
  code: 'PARAMETER_MISSING' | 'PARAMETER_INVALID' | 'CALL_TOO_LARGE';
  message: string;
}

/** A call for one person. */
export interface RenderedCall {
  ok: true;
  /** Secrets are held open by `SECRET_PLACEHOLDER`. */
  body: JsonObject;
  secrets: SecretHole[];
  /** Whether sending it twice comes to the same as once: nothing but attributes, and none of them counted up or appended to. */
  isIdempotent: boolean;
  identifier: CallIdentifier;
}

/** Stands where a secret will. */
export const SECRET_PLACEHOLDER = '[secret]';
/** Bytes of a rendered body: a share of the 4 MB that Braze takes, so that many fit into a request. */
export const MOST_CALL_BYTES = 100 * 1024;
const MOST_NAMES_SHOWN = 20;

type Node =
  | { kind: 'constant'; value: JsonValue }
  | { kind: 'secret'; reference: SecretHole['reference'] }
  | { kind: 'hole'; hole: CompiledHole }
  | { kind: 'text'; parts: (string | CompiledHole)[] }
  | { kind: 'list'; entries: Node[] }
  | { kind: 'object'; fields: ObjectField[] };

interface ObjectField {
  name: string;
  /** As a part of a JSON Pointer. */
  step: string;
  node: Node;
}

interface CompiledHole {
  parameter: string;
  /** Absent where the value stands as it is. */
  evaluate?: HoleEvaluator | undefined;
  /** Filters make something of a missing value. */
  hasDefault: boolean;
}

/** Makes a definition ready to be rendered, or says everything that is wrong with it. */
export function compileExternalApi(
  template: CallTemplate,
  engine: TemplateEngine,
): { ok: true; value: CompiledCall } | { ok: false; problems: DefinitionProblem[] } {
  const problems = definitionProblems(template);
  if (problems.length > 0) return { ok: false, problems };
  const parameters = new Map(Object.entries(template.parameters));
  const root = compileNode(template.payload, parameters, engine);
  return { ok: true, value: { endpoint: template.endpoint, parameters, root } };
}

function compileNode(value: JsonValue, parameters: CompiledCall['parameters'], engine: TemplateEngine): Node {
  if (typeof value === 'string') return compileText(value, parameters, engine);
  if (typeof value !== 'object' || value === null) return { kind: 'constant', value };
  if (Array.isArray(value)) {
    const entries = value.map((entry) => compileNode(entry, parameters, engine));
    return entries.every(isConstant) ? { kind: 'constant', value } : { kind: 'list', entries };
  }
  const fields = Object.entries(value).map(([name, held]): ObjectField => ({
    name,
    step: escapePointer(name),
    node: compileNode(held, parameters, engine),
  }));
  return fields.every(({ node }) => isConstant(node))
    ? { kind: 'constant', value }
    : { kind: 'object', fields };
}

function isConstant(node: Node): boolean {
  return node.kind === 'constant';
}

function compileText(text: string, parameters: CompiledCall['parameters'], engine: TemplateEngine): Node {
  const parsed = parseTemplate(text);
  // A definition without problems has no text that can't be parsed.
  const parts: TemplatePart[] = parsed.ok ? parsed.parts : [];
  const [only] = parts;
  if (parts.every((part) => typeof part === 'string')) return { kind: 'constant', value: text };
  if (parts.length > 1 || only === undefined || typeof only === 'string') {
    const compiled = parts.map((part) => (typeof part === 'string' ? part : compileHole(part, engine)));
    return { kind: 'text', parts: compiled };
  }
  const secret = parameters.get(only.parameter)?.secret;
  return secret === undefined
    ? { kind: 'hole', hole: compileHole(only, engine) }
    : { kind: 'secret', reference: secret };
}

function compileHole({ parameter, filters, expression }: Hole, engine: TemplateEngine): CompiledHole {
  const hasDefault = filters.some(({ name }) => name === 'default');
  return { parameter, hasDefault, ...(filters.length === 0 ? {} : { evaluate: engine.compile(expression) }) };
}

/**
 * A call from values. Every text of the payload is filled by itself, so that no value reaches another field; what is only one
 * hole keeps its value's type; a missing optional value leaves out its field or entry, and is nothing within a longer text.
 */
export function renderCall(call: CompiledCall, values: JsonObject): RenderedCall | RenderRefusal {
  const filled = fillParameters(call, values);
  if (!filled.ok) return filled;
  const rendering = new Rendering(filled.values);
  const body = rendering.render(call.root, '');
  if (rendering.refusal !== undefined) return rendering.refusal;
  // The root of a payload is an object, and an object is never left out.
  if (!isJsonObject(body)) return refuse('PARAMETER_INVALID', 'the payload came to nothing');
  const text = JSON.stringify(body);
  if (text.length * 3 > MOST_CALL_BYTES && utf8Length(text) > MOST_CALL_BYTES) return tooLarge();
  const [person] = personObjects(call.endpoint, body);
  const identifier = person && readIdentifier(call.endpoint, person);
  if (identifier === undefined)
    return refuse('PARAMETER_INVALID', 'the identifier of the person is blank, or not a text');
  const { secrets } = rendering;
  return { ok: true, body, secrets, isIdempotent: isRepeatable(call.endpoint, body), identifier };
}

type Filled = { ok: true; values: ReadonlyMap<string, JsonValue> } | RenderRefusal;

/** Checked values and defaults; null is no value. */
function fillParameters({ parameters }: CompiledCall, given: JsonObject): Filled {
  for (const name of Object.keys(given)) {
    const definition = parameters.get(name);
    if (definition === undefined)
      return refuse('PARAMETER_INVALID', undeclaredSentence(name, [...parameters.keys()]));
    if (definition.secret !== undefined)
      return refuse('PARAMETER_INVALID', `${name} is filled by its secret and by nothing else`);
  }
  const values = new Map<string, JsonValue>();
  for (const [name, { type, required, default: byDefault, secret }] of parameters) {
    if (secret !== undefined) continue;
    const value = (Object.hasOwn(given, name) ? given[name] : undefined) ?? byDefault;
    if (value === undefined) {
      if (required) return refuse('PARAMETER_MISSING', `${name} has no value`);
      continue;
    }
    const problem = valueProblem(type, value);
    if (problem !== undefined) return refuse('PARAMETER_INVALID', `${name} ${problem}`);
    values.set(name, value);
  }
  return { ok: true, values };
}

/** What looks like no name may be a value or a secret that was pasted in its place. */
function undeclaredSentence(name: string, declared: readonly string[]): string {
  const given = isParameterName(name) && isPlainName(name) ? name : 'a name that is not repeated here';
  return `a value was given for ${given}, which is not declared; there ${describeNames(declared)}`;
}

function describeNames(names: readonly string[]): string {
  if (names.length === 0) return 'are no parameters';
  const shown = names.slice(0, MOST_NAMES_SHOWN).join(', ');
  const rest = names.length > MOST_NAMES_SHOWN ? ` and ${names.length - MOST_NAMES_SHOWN} more` : '';
  return `${names.length === 1 ? 'is' : 'are'} ${shown}${rest}`;
}

/** One walk through a payload; ends at the first refusal. */
class Rendering {
  refusal: RenderRefusal | undefined;
  readonly secrets: SecretHole[] = [];
  private characters = 0;
  private readonly values: ReadonlyMap<string, JsonValue>;

  constructor(values: ReadonlyMap<string, JsonValue>) {
    this.values = values;
  }

  /** Undefined for what is left out. */
  render(node: Node, pointer: string): JsonValue | undefined {
    if (this.refusal !== undefined) return undefined;
    switch (node.kind) {
      case 'constant':
        return node.value;
      case 'secret':
        this.secrets.push({ pointer, reference: node.reference });
        return SECRET_PLACEHOLDER;
      case 'hole':
        return this.count(this.valueOf(node.hole));
      case 'text':
        return this.text(node.parts);
      case 'list':
        return this.list(node.entries, pointer);
      case 'object':
        return this.object(node.fields, pointer);
    }
  }

  private list(entries: readonly Node[], pointer: string): JsonValue[] {
    const rendered: JsonValue[] = [];
    for (const entry of entries) {
      const value = this.render(entry, `${pointer}/${rendered.length}`);
      if (value !== undefined) rendered.push(value);
    }
    return rendered;
  }

  private object(fields: readonly ObjectField[], pointer: string): JsonObject {
    const rendered: JsonObject = {};
    for (const { name, step, node } of fields) {
      const value = this.render(node, `${pointer}/${step}`);
      if (value !== undefined) rendered[name] = value;
    }
    return rendered;
  }

  private text(parts: readonly (string | CompiledHole)[]): string {
    let text = '';
    for (const part of parts) {
      const value = typeof part === 'string' ? part : (this.valueOf(part) ?? '');
      if (typeof value === 'object') this.refuse(part, 'is more than a text within a longer one');
      else text += String(value);
      if (text.length > MOST_CALL_BYTES) this.refusal ??= tooLarge();
      if (this.refusal !== undefined) return '';
    }
    this.count(text);
    return text;
  }

  private valueOf({ parameter, evaluate, hasDefault }: CompiledHole): JsonValue | undefined {
    const value = this.values.get(parameter);
    if (evaluate === undefined || (value === undefined && !hasDefault)) return value;
    if (typeof value === 'string' && value.length > MOST_CALL_BYTES) {
      this.refusal ??= tooLarge();
      return undefined;
    }
    const result = evaluate(parameter, value);
    const made = result.ok ? (result.value ?? undefined) : null;
    if (made === undefined || typeof made === 'string' || typeof made === 'boolean') return made;
    if (typeof made === 'number' && Number.isFinite(made)) return made;
    this.refuse({ parameter }, 'cannot be used with its filters');
    return undefined;
  }

  private refuse(part: string | { parameter: string }, problem: string): void {
    const name = typeof part === 'string' ? part : part.parameter;
    this.refusal ??= refuse('PARAMETER_INVALID', `${name} ${problem}`);
  }

  /** A running sum, so that a value that stands in many places is refused before memory is short. */
  private count(value: JsonValue | undefined): JsonValue | undefined {
    if (typeof value === 'string') this.characters += value.length;
    else if (typeof value === 'object' && value !== null) this.characters += JSON.stringify(value).length;
    if (this.characters > MOST_CALL_BYTES) this.refusal ??= tooLarge();
    return value;
  }
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function tooLarge(): RenderRefusal {
  return refuse('CALL_TOO_LARGE', `the call would be larger than ${MOST_CALL_BYTES / 1024} KB`);
}

function refuse(code: RenderRefusal['code'], message: string): RenderRefusal {
  return { ok: false, code, message };
}
