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
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  const answer = await fetch(address);
  const text = await answer.text();
  await app.close();
  if (!answer.ok) throw new Error(text);
}
