import { Context } from '@temporalio/activity';

/** A third of what Temporal waits for one. */
const HEARTBEAT_MS = 10_000;

/** Signs of life while something waits or takes long, be it for a pause of an hour that Braze asks for. */
export async function alive<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beating = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beating);
  }
}
