import { z } from 'zod';
import { type ControlRoute, readControlBody } from '../control-route';
import { sendJson } from '../exchange';

const bodySchema = z.strictObject({
  segments: z.array(
    z.strictObject({
      id: z.string().min(1),
      name: z.string().min(1),
      description: z.string().exactOptional(),
      tags: z.array(z.string()).exactOptional(),
      createdAt: z.iso.datetime().exactOptional(),
      analyticsTrackingEnabled: z.boolean().exactOptional(),
      archived: z.boolean().exactOptional(),
      predicate: z
        .strictObject({ attribute: z.string().min(1), value: z.union([z.string(), z.number(), z.boolean()]) })
        .exactOptional(),
    }),
  ),
});

/** POST /_sandbox/segments: adds segments or replaces those with the same id, as a person would in the dashboard. */
export const addSegments: ControlRoute = {
  method: 'POST',
  path: '/_sandbox/segments',
  handle: async (request) => {
    const body = await readControlBody(request, bodySchema);
    if (body === undefined) return;
    const segments = body.segments.map((segment) => request.workspace.segments.put(segment));
    sendJson(request.res, 200, { segments });
  },
};
