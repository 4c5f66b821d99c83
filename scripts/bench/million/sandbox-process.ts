import { z } from 'zod';
import { startSandbox } from '../../../src/sandbox/server';
import { childOptions, serveUntilLetGo } from './server-child';

const optionsSchema = z.object({ key: z.string(), applyLagMs: z.number() });

/** The Braze sandbox with Braze's documented limits. */
async function main(): Promise<void> {
  const { key, applyLagMs } = optionsSchema.parse(childOptions());
  const sandbox = await startSandbox({ keys: [{ key, scopes: 'all' }], applyLagMs, rememberRequests: 1 });
  serveUntilLetGo(sandbox.url);
}

void main();
