import { z } from 'zod';
import { withJsonSchemaCheck } from '../docs/json-schema-check';

const contentSchema = z.object({
  content: z.object({
    'application/json': z.object({ schema: z.looseObject({ $ref: z.string().optional() }) }),
  }),
});
const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), contentSchema) })),
  ),
  components: z.object({
    // What is one of several forms, as the body of a request can be, has no fields of its own.
    schemas: z.record(
      z.string(),
      z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() }),
    ),
  }),
});

/** An answer of the API, with the operation it is the answer of. */
export interface SeenAnswer {
  method: 'get' | 'post';
  /** As the description spells it. */
  path: string;
  status: number;
  body: unknown;
}

/** Holds answers against the API's own description: the status is described, the body fits and has no other field. */
export async function expectDescribed(document: unknown, answers: readonly SeenAnswer[]): Promise<void> {
  const { paths, components } = documentSchema.parse(document);
  const wrong: string[] = [];
  await withJsonSchemaCheck((check) => {
    for (const { method, path, status, body } of answers) {
      const described = paths[path]?.[method]?.responses[String(status)]?.content['application/json'].schema;
      const name = /[^/]+$/.exec(described?.$ref ?? '')?.[0] ?? '';
      const schema = components.schemas[name];
      const fields = Object.keys(typeof body === 'object' && body !== null ? body : {});
      const unknown = fields.filter((field) => !Object.hasOwn(schema?.properties ?? {}, field));
      if (schema === undefined || unknown.length > 0 || !check({ ...schema, components }, body))
        wrong.push(`${method} ${path} ${status} ${unknown.join(' ')} ${JSON.stringify(body)}`);
    }
  });
  expect(wrong).toEqual([]);
}
