import { z } from 'zod';
import { type ControlRoute, readControlBody } from '../control-route';
import { sendJson } from '../exchange';
import { type Workspace } from '../workspace';

const windowSchema = z.strictObject({ requests: z.int().min(1), windowMs: z.int().min(1) });

const limitsSchema = z.strictObject({
  objectsPerRequest: z
    .strictObject({ mode: z.enum(['total', 'perArray']), max: z.int().min(1) })
    .exactOptional(),
  maxBodyBytes: z.int().min(1).exactOptional(),
  track: z
    .strictObject({ burst: windowSchema, hourlyRequests: z.int().min(1).exactOptional() })
    .exactOptional(),
  trackSync: windowSchema.exactOptional(),
  triggers: windowSchema.exactOptional(),
  exportIds: z.strictObject({ standard: windowSchema, filtered: windowSchema }).exactOptional(),
  segments: windowSchema.exactOptional(),
  customAttributes: windowSchema.exactOptional(),
});

const keySchema = z.strictObject({
  key: z.string().min(1),
  scopes: z.union([z.array(z.string()), z.literal('all')]),
  ipAllowlist: z.array(z.string()).exactOptional(),
});

const refuseSchema = z.strictObject({
  externalIdPrefix: z.string().min(1),
  type: z.string().exactOptional(),
});

const bodySchema = z.strictObject({
  limits: limitsSchema.exactOptional(),
  rateHeaders: z.enum(['epoch', 'mau']).exactOptional(),
  applyLagMs: z.number().min(0).exactOptional(),
  applyJitterMs: z.number().min(0).exactOptional(),
  errorWording: z.enum(['sentence', 'enum']).exactOptional(),
  errorsWithoutIndex: z.boolean().exactOptional(),
  fieldsToExportRequired: z.boolean().exactOptional(),
  overflowOnSet: z.enum(['keepLast', 'keepFirst']).exactOptional(),
  defaultArrayLength: z.int().min(1).exactOptional(),
  refuse: z.array(refuseSchema).exactOptional(),
  trackSync: z.enum(['on', 'absent', 'forbidden']).exactOptional(),
  canvases: z.array(z.string().min(1)).exactOptional(),
  campaigns: z.array(z.string().min(1)).exactOptional(),
  recordOrder: z.boolean().exactOptional(),
  trackOverlaps: z.boolean().exactOptional(),
  keys: z
    .strictObject({ add: z.array(keySchema).exactOptional(), remove: z.array(z.string()).exactOptional() })
    .exactOptional(),
});

/** GET /_sandbox/settings: the settings now. Keys are shown by number and scopes. */
export const showSettings: ControlRoute = {
  method: 'GET',
  path: '/_sandbox/settings',
  handle: ({ workspace, res }) => sendJson(res, 200, describe(workspace)),
};

/** POST /_sandbox/settings: changes the settings that are named, and adds and revokes keys. */
export const changeSettings: ControlRoute = {
  method: 'POST',
  path: '/_sandbox/settings',
  handle: async (request) => {
    const body = await readControlBody(request, bodySchema);
    if (body === undefined) return;
    const { keys, limits, ...rest } = body;
    const { settings, keys: ring } = request.workspace;
    Object.assign(settings, rest);
    Object.assign(settings.limits, limits);
    for (const key of keys?.add ?? []) ring.add(key);
    for (const key of keys?.remove ?? []) ring.remove(key);
    sendJson(request.res, 200, describe(request.workspace));
  },
};

function describe({ settings, keys }: Workspace): object {
  return { ...settings, keys: keys.describe() };
}
