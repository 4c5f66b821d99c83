import { API_SCHEMAS } from '../../contract/schemas/http-api';
import { type JsonSchema, toJsonSchema } from '../../contract/schemas/json-schema';
import { segmentConditionSchema } from '../../contract/schemas/segment';

const CONDITION = toJsonSchema(segmentConditionSchema);
const CONDITION_PLACE = '#/components/schemas/SegmentCondition';

/**
 * Every body of the API by its name. A condition of a segment holds conditions: within a document it stands once, under a name
 * of its own, as an `$id` may.
 */
export function renderSchemas(): JsonSchema {
  return {
    ...Object.fromEntries(
      Object.entries(API_SCHEMAS).map(([name, schema]) => [name, placed(toJsonSchema(schema))]),
    ),
    SegmentCondition: rewritten({ ...CONDITION, $id: undefined }, (held) => held['$ref'] === '#'),
  };
}

/** A schema in which every condition refers to the one place where it stands. */
function placed(schema: JsonSchema): unknown {
  return rewritten(schema, (held) => held['$id'] === CONDITION['$id']);
}

function rewritten(value: unknown, isCondition: (held: JsonSchema) => boolean): unknown {
  if (Array.isArray(value)) return value.map((held: unknown) => rewritten(held, isCondition));
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  if (!isCondition(Object.fromEntries(entries)))
    return Object.fromEntries(entries.map(([name, held]) => [name, rewritten(held, isCondition)]));
  const description = entries.find(([name]) => name === 'description')?.[1];
  return { $ref: CONDITION_PLACE, ...(description === undefined ? {} : { description }) };
}
