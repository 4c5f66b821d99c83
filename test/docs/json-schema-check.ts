import Fastify from 'fastify';

/** Whether a value is as a JSON Schema says. */
export type JsonSchemaCheck = (schema: object, value: unknown) => boolean;

/**
 * A JSON Schema validator that shares nothing with zod: the one that Fastify has in it (Ajv), told to change no value.
 */
export async function withJsonSchemaCheck(use: (check: JsonSchemaCheck) => void): Promise<void> {
  const app = Fastify({
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, strict: false },
    },
  });
  app.get('/', (request) => {
    use((schema, value) => request.validateInput(value, schema));
    return {};
  });
  const answer = await app.inject('/');
  await app.close();
  if (answer.statusCode !== 200) throw new Error(answer.body);
}
