import { z } from 'zod';
import { type ControlRoute, readControlBody } from '../control-route';
import { sendJson } from '../exchange';

const milliseconds = z.int().min(0).max(3_600_000);

const ruleSchema = z.strictObject({
  path: z.string().startsWith('/').exactOptional(),
  skip: z.int().min(0).exactOptional(),
  match: z.union([
    z.strictObject({ every: z.int().min(1) }),
    z.strictObject({ probability: z.number().min(0).max(1), seed: z.int().exactOptional() }),
    z.strictObject({ next: z.int().min(1) }),
  ]),
  fault: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('status'),
      status: z.literal([413, 429, 500, 502, 503, 504]),
      retryAfterS: z.int().min(0).exactOptional(),
      applied: z.boolean().exactOptional(),
    }),
    z.strictObject({ kind: z.literal('timeoutBefore'), holdMs: milliseconds.exactOptional() }),
    z.strictObject({ kind: z.literal('timeoutAfterApply'), holdMs: milliseconds.exactOptional() }),
    z.strictObject({ kind: z.literal('slow'), delayMs: milliseconds }),
    z.strictObject({ kind: z.literal('truncatedBody') }),
    z.strictObject({ kind: z.literal('wrongJson') }),
    z.strictObject({ kind: z.literal('errorWithoutIndex') }),
    z.strictObject({ kind: z.literal('echo'), status: z.literal([400, 401, 403, 500, 503]) }),
  ]),
});

const bodySchema = z.strictObject({ faults: z.array(ruleSchema).min(1) });

/** POST /_sandbox/faults: adds fault rules behind those that are there. */
export const addFault: ControlRoute = {
  method: 'POST',
  path: '/_sandbox/faults',
  handle: async (request) => {
    const body = await readControlBody(request, bodySchema);
    if (body === undefined) return;
    sendJson(request.res, 200, { ids: body.faults.map((rule) => request.workspace.faults.add(rule)) });
  },
};

/** GET /_sandbox/faults: the rules with how often each was met and struck. */
export const listFaults: ControlRoute = {
  method: 'GET',
  path: '/_sandbox/faults',
  handle: ({ workspace, res }) => sendJson(res, 200, { faults: workspace.faults.describe() }),
};

/** DELETE /_sandbox/faults: takes all rules away. */
export const clearFaults: ControlRoute = {
  method: 'DELETE',
  path: '/_sandbox/faults',
  handle: ({ workspace, res }) => {
    workspace.faults.clear();
    sendJson(res, 200, { faults: [] });
  },
};
