import { z } from 'zod';
import { type ControlRoute, readControlBody } from '../control-route';
import { sendJson } from '../exchange';

const bodySchema = z.strictObject({
  attributes: z.array(
    z.strictObject({
      name: z.string().min(1),
      dataType: z
        .enum(['string', 'number', 'boolean', 'date', 'array', 'object', 'object_array'])
        .exactOptional(),
      arrayLength: z.int().min(1).exactOptional(),
      status: z.enum(['Active', 'Blocklisted']).exactOptional(),
      description: z.string().exactOptional(),
      tagNames: z.array(z.string()).exactOptional(),
      forced: z.boolean().exactOptional(),
    }),
  ),
});

/** POST /_sandbox/attributes: registers custom attributes or changes them, as a person would in the dashboard. */
export const addAttributes: ControlRoute = {
  method: 'POST',
  path: '/_sandbox/attributes',
  handle: async (request) => {
    const body = await readControlBody(request, bodySchema);
    if (body === undefined) return;
    const attributes = body.attributes.map((attribute) => request.workspace.registry.put(attribute));
    sendJson(request.res, 200, { attributes });
  },
};
