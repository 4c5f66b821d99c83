import { z } from 'zod';
import { startSandbox } from '../../../src/sandbox/server';
import { childOptions, serveUntilLetGo } from './server-child';

const windowSchema = z.object({ requests: z.number(), windowMs: z.number() });
const optionsSchema = z.object({
  key: z.string(),
  applyLagMs: z.number(),
  /** Requests to `/users/track` in each window of the clock; Braze's documented limit unless told otherwise. */
  trackLimit: windowSchema.optional(),
  rememberRequests: z.number().default(1),
  recordOrder: z.boolean().default(false),
});

/** The Braze sandbox with Braze's documented limits. */
async function main(): Promise<void> {
  const { key, applyLagMs, trackLimit, rememberRequests, recordOrder } = optionsSchema.parse(childOptions());
  const sandbox = await startSandbox({
    keys: [{ key, scopes: 'all' }],
    applyLagMs,
    rememberRequests,
    recordOrder,
    ...(trackLimit ? { limits: { track: { burst: trackLimit } } } : {}),
  });
  serveUntilLetGo(sandbox.url);
}

void main();
