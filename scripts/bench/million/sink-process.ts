import { createServer, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { childOptions, serveUntilLetGo } from './server-child';

const optionsSchema = z.object({
  /** How long an answer takes. */
  latencyMs: z.number().default(0),
  /** Requests in each second of the clock; the ones beyond are answered 429. None means no limit. */
  requestsPerSecond: z.number().optional(),
});
type SinkOptions = z.infer<typeof optionsSchema>;

const ACCEPTED = '{"attributes_processed":75,"message":"success"}';
const REFUSED = '{"message":"Your account has exceeded the rate limit"}';

/** Says for each request whether it is within the limit, and what the rate headers say then. */
function createLimit(
  requestsPerSecond: number,
): () => { allowed: boolean; remaining: number; reset: number } {
  let second = 0;
  let used = 0;
  return () => {
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) [second, used] = [now, 0];
    used += 1;
    return {
      allowed: used <= requestsPerSecond,
      remaining: Math.max(0, requestsPerSecond - used),
      reset: second + 1,
    };
  };
}

function reply(res: ServerResponse, status: number, body: string, rate: (string | number)[]): void {
  const headers = ['content-type', 'application/json', 'content-length', body.length, ...rate];
  res.writeHead(status, headers).end(body);
}

/** Answers 201 as Braze words it and does nothing else: what is measured is the sender. */
function main({ latencyMs, requestsPerSecond = Infinity }: SinkOptions): void {
  const limit = createLimit(requestsPerSecond);
  const shownLimit = Number.isFinite(requestsPerSecond) ? requestsPerSecond : 250_000;
  const server = createServer((req, res) => {
    const { allowed, remaining, reset } = limit();
    const shownRemaining = Number.isFinite(remaining) ? remaining : shownLimit;
    const rate = ['x-ratelimit-limit', shownLimit, 'x-ratelimit-remaining', shownRemaining];
    rate.push('x-ratelimit-reset', reset);
    const answer = () => (allowed ? reply(res, 201, ACCEPTED, rate) : reply(res, 429, REFUSED, rate));
    req.resume().on('end', latencyMs === 0 ? answer : () => setTimeout(answer, latencyMs));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address !== 'object' || address === null)
      throw new Error('invariant: listening without a port');
    serveUntilLetGo(`http://127.0.0.1:${address.port}`);
  });
}

main(optionsSchema.parse(childOptions()));
