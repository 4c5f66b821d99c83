import { valueProblem } from '../../domain/stream/parameters';
import { type ParameterSource } from '../engagement';
import { type FieldProblem, type Outcome, fault, success } from '../errors';
import { type ParameterDefinition } from '../external-api';
import { nearestName } from './nearest-name';

/** A version of an External API as a mapping is held against it. */
export interface MappedApi {
  name: string;
  version: number;
  parameters: Record<string, ParameterDefinition>;
}

/**
 * Holds a mapping against the version that it is for: what an engagement has to fill is filled by a constant, what is
 * required has somewhere to come from, nothing is mapped that the version does not have.
 */
export function checkMapping(
  path: string,
  api: MappedApi,
  mapping: Record<string, ParameterSource>,
): Outcome<void> {
  const problems = [
    ...Object.entries(mapping).flatMap(([name, source]) => mappedProblem(path, api, name, source)),
    ...Object.entries(api.parameters).flatMap(([name, parameter]) =>
      Object.hasOwn(mapping, name) ? [] : unmappedProblem(path, api, name, parameter),
    ),
  ];
  if (problems.length === 0) return success(undefined);
  const lines = problems.map(({ field, problem }) => `${field}: ${problem}`);
  const refused = fault('INPUT_INVALID', `activateEngagement cannot use its input. ${lines.join('; ')}.`);
  return { ok: false, fault: { ...refused.fault, fields: problems } };
}

function mappedProblem(path: string, api: MappedApi, name: string, source: ParameterSource): FieldProblem[] {
  const field = `${path}.parameters.${name}`;
  const parameter = Object.hasOwn(api.parameters, name) ? api.parameters[name] : undefined;
  if (!parameter) {
    const meant = nearestName(name, Object.keys(api.parameters));
    const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
    return [{ field: `${path}.parameters`, problem: `${versionOf(api)} has no parameter "${name}"${hint}` }];
  }
  if (parameter.secret !== undefined)
    return [{ field, problem: 'is filled by its secret and by nothing else; leave it out' }];
  if (parameter.perEngagement && !('constant' in source))
    return [{ field, problem: 'is the same for the whole engagement: give a constant' }];
  const problem = 'constant' in source ? valueProblem(parameter.type, source.constant) : undefined;
  return problem === undefined ? [] : [{ field: `${field}.constant`, problem }];
}

function unmappedProblem(
  path: string,
  api: MappedApi,
  name: string,
  parameter: ParameterDefinition,
): FieldProblem[] {
  const isFilled = parameter.secret !== undefined || parameter.default !== undefined;
  if (isFilled || !(parameter.required || parameter.perEngagement)) return [];
  const what = parameter.perEngagement ? 'a constant' : 'a source';
  return [
    { field: `${path}.parameters.${name}`, problem: `is missing: ${versionOf(api)} needs ${what} for it` },
  ];
}

function versionOf({ name, version }: MappedApi): string {
  return `External API "${name}" version ${version}`;
}
