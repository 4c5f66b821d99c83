import { z } from 'zod';

/** A JSON Schema, as a plain object. */
export type JsonSchema = Record<string, unknown>;

/**
 * The JSON Schema of what a caller writes: the form before defaults and trimming. What a check by a function means is told
 * by its schema's own metadata; where none is, an open schema says so and a test finds it.
 */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(whole).filter(([name]) => name !== '$schema'));
}

/** For schemas whose object has both access keys or none. */
export const BOTH_KEYS_OR_NONE = {
  if: { anyOf: [{ required: ['accessKeyId'] }, { required: ['secretAccessKey'] }] },
  then: { required: ['accessKeyId', 'secretAccessKey'] },
};
