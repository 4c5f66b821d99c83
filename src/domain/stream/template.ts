import { isPlainName } from '../secret-looks';
import { type ParameterType } from './parameters';

/** One `{{ hole }}`: whose value stands there, and what filters make of it. */
export interface Hole {
  parameter: string;
  filters: HoleFilter[];
  /** What Liquid evaluates, in a spelling of our own. */
  expression: string;
}

/** One filter of a hole. */
export interface HoleFilter {
  name: string;
  args: (string | number)[];
}

/** A text of a payload: what stands there literally, and its holes. */
export type TemplatePart = string | Hole;

/** A text's parts, or why it can't be one. */
export type ParsedTemplate = { ok: true; parts: TemplatePart[] } | { ok: false; problem: string };

/** What a value is on its way through filters. */
type Kind = 'text' | 'number' | 'boolean' | 'time' | 'json';

interface FilterRule {
  /** What it can be applied to. */
  takes: readonly Kind[];
  /** `same`: what it was given. */
  gives: Kind | 'same';
  /** How many of its arguments have to be there, and the kind of each. */
  required: number;
  args: readonly ('text' | 'number' | 'any')[];
}

const SCALARS: readonly Kind[] = ['text', 'number', 'boolean', 'time'];

function onText(required: number, ...args: FilterRule['args']): FilterRule {
  return { takes: SCALARS, gives: 'text', required, args };
}

function onNumbers(required: number, ...args: FilterRule['args']): FilterRule {
  return { takes: ['number'], gives: 'number', required, args };
}

/**
 * The filters of Liquid that a hole may use. None of them reads anything but its value, and none can make much more of it
 * than was put in.
 */
const SAFE_FILTERS: ReadonlyMap<string, FilterRule> = new Map([
  ['append', onText(1, 'text')],
  ['prepend', onText(1, 'text')],
  ['capitalize', onText(0)],
  ['downcase', onText(0)],
  ['upcase', onText(0)],
  ['strip', onText(0)],
  ['lstrip', onText(0)],
  ['rstrip', onText(0)],
  ['remove', onText(1, 'text')],
  ['remove_first', onText(1, 'text')],
  ['replace_first', onText(2, 'text', 'text')],
  ['slice', onText(1, 'number', 'number')],
  ['truncate', onText(1, 'number', 'text')],
  ['url_encode', onText(0)],
  ['plus', onNumbers(1, 'number')],
  ['minus', onNumbers(1, 'number')],
  ['times', onNumbers(1, 'number')],
  ['divided_by', onNumbers(1, 'number')],
  ['modulo', onNumbers(1, 'number')],
  ['round', onNumbers(0, 'number')],
  ['ceil', onNumbers(0)],
  ['floor', onNumbers(0)],
  ['abs', onNumbers(0)],
  ['at_least', onNumbers(1, 'number')],
  ['at_most', onNumbers(1, 'number')],
  ['date', { takes: ['time'], gives: 'text', required: 1, args: ['text'] }],
  ['default', { takes: SCALARS, gives: 'same', required: 1, args: ['any'] }],
]);

/** Names of the filters that a hole may use. */
export const SAFE_FILTER_NAMES: readonly string[] = [...SAFE_FILTERS.keys()];

const HOLE = /\{\{([^{}]*)\}\}/g;
const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Words that Liquid reads as values of its own. */
const LIQUID_WORDS: ReadonlySet<string> = new Set([
  ...['true', 'false', 'nil', 'null', 'undefined', 'empty', 'blank'],
  ...['and', 'or', 'not', 'contains'],
  // Names by which a plain object is more than its fields.
  ...['__proto__', 'constructor', 'prototype'],
]);
const FILTER = /^([A-Za-z_]\w*)(?:\s*:\s*(.*))?$/s;
/** A text in quotes without quotes, backslashes or line breaks inside, or a number. */
const ARGUMENT = /^\s*(?:"([^"'\\\r\n]*)"|'([^"'\\\r\n]*)'|(-?\d{1,15}(?:\.\d{1,9})?))\s*(,|$)/;
/** Directives of strftime without widths, which could make any length of it. */
const DATE_FORMAT = /^(?:[^%]|%[-_^]?[a-zA-Z%])*$/;

/** Whether a parameter may bear the name. */
export function isParameterName(name: string): boolean {
  return PARAMETER_NAME.test(name) && !LIQUID_WORDS.has(name);
}

/** Takes a text of a payload apart. Nothing of Liquid but plain holes is known: no tags, no fields of fields. */
export function parseTemplate(text: string): ParsedTemplate {
  if (!/\{\{|\}\}|\{%|%\}/.test(text)) return { ok: true, parts: text === '' ? [] : [text] };
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of text.matchAll(HOLE)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    const hole = parseHole(match[1] ?? '');
    if (typeof hole === 'string') return { ok: false, problem: hole };
    parts.push(hole);
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  const rest = parts.filter((part) => typeof part === 'string').join('\n');
  if (/\{%|%\}/.test(rest))
    return { ok: false, problem: 'holds a tag of Liquid; only {{ parameter }} is known' };
  if (/\{\{|\}\}/.test(rest)) return { ok: false, problem: 'holds braces that are no hole: {{ parameter }}' };
  // Next to a hole a brace would belong to neither.
  if (/\{\{\{|\}\}\}/.test(text)) return { ok: false, problem: 'holds three braces in a row' };
  return { ok: true, parts };
}

/** The holes of a text that is known to be one. */
export function holesOf(text: string): Hole[] {
  const parsed = parseTemplate(text);
  return parsed.ok ? parsed.parts.filter((part) => typeof part !== 'string') : [];
}

/** What is wrong with a hole's filters for a parameter of this type, if anything is. */
export function filterProblem({ filters }: Hole, type: ParameterType): string | undefined {
  let kind = kindOf(type);
  for (const { name } of filters) {
    const rule = SAFE_FILTERS.get(name);
    if (rule === undefined) return unknownFilter(name);
    if (!rule.takes.includes(kind)) return `uses the filter ${name}, which takes ${rule.takes.join(' or ')}`;
    if (rule.gives !== 'same') kind = rule.gives;
  }
  return undefined;
}

function kindOf(type: ParameterType): Kind {
  switch (type) {
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
    case 'time':
    case 'json':
      return type;
  }
}

function parseHole(inside: string): Hole | string {
  const [name = '', ...rest] = splitFilters(inside);
  const parameter = name.trim();
  if (!isParameterName(parameter)) return 'holds a hole that is not the plain name of a parameter';
  const filters: HoleFilter[] = [];
  for (const text of rest) {
    const filter = parseFilter(text.trim());
    if (typeof filter === 'string') return filter;
    filters.push(filter);
  }
  return { parameter, filters, expression: [parameter, ...filters.map(spell)].join(' | ') };
}

/** At the bars that stand outside of quotes. */
function splitFilters(inside: string): string[] {
  return inside.match(/(?:"[^"]*"|'[^']*'|[^|"']|["'])+|(?<=\|)$/g) ?? [];
}

function parseFilter(text: string): HoleFilter | string {
  const [, name = '', list] = FILTER.exec(text) ?? [];
  const rule = SAFE_FILTERS.get(name);
  if (rule === undefined) return unknownFilter(name);
  const args = list === undefined ? [] : parseArguments(list);
  if (args === undefined) return `has arguments of the filter ${name} that are no plain texts or numbers`;
  if (args.length < rule.required || args.length > rule.args.length)
    return `gives the filter ${name} ${args.length} arguments`;
  const isFitting = args.every((arg, at) => {
    const wanted = rule.args[at];
    return wanted === 'any' || (wanted === 'number') === (typeof arg === 'number');
  });
  if (!isFitting) return `gives the filter ${name} an argument of the wrong kind`;
  if (name === 'date' && !DATE_FORMAT.test(String(args[0]))) return 'has a date format with widths';
  return { name, args };
}

function parseArguments(list: string): (string | number)[] | undefined {
  const args: (string | number)[] = [];
  let rest = list;
  for (;;) {
    const match = ARGUMENT.exec(rest);
    if (match === null) return undefined;
    const [whole, double, single, number, end] = match;
    args.push(number === undefined ? (double ?? single ?? '') : Number(number));
    if (end !== ',') return args;
    rest = rest.slice(whole.length);
  }
}

function spell({ name, args }: HoleFilter): string {
  const spelled = args.map((arg) => (typeof arg === 'number' ? String(arg) : `"${arg}"`)).join(', ');
  return spelled === '' ? name : `${name}: ${spelled}`;
}

function unknownFilter(name: string): string {
  const named = isPlainName(name) ? `the filter ${name}, which is none of` : 'something that is none of';
  return `uses ${named} ${SAFE_FILTER_NAMES.join(', ')}`;
}
