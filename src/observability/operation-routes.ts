import Fastify, { type FastifyInstance } from 'fastify';
import { type Registry } from 'prom-client';
import { type Readiness } from './readiness';

/** What the people and machines that run a process ask it for. */
export interface Operations {
  readiness: () => Promise<Readiness>;
  registry: Registry;
}

/** `GET /readyz`: 200 while the process can do its part, 503 otherwise; and `GET /metrics` for Prometheus. */
export function operationRoutes(app: FastifyInstance, { readiness, registry }: Operations): void {
  app.get('/readyz', async (_request, reply) => {
    const answer = await readiness();
    return reply
      .code(answer.status === 'ready' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(answer);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', registry.contentType).send(await registry.metrics()),
  );
}

/** The small HTTP listener of a process that has no other: `/healthz`, `/readyz` and `/metrics`, and nothing else. */
export function createOperationsServer(operations: Operations): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: 1, requestTimeout: 10_000, forceCloseConnections: true });
  app.get('/healthz', () => ({ status: 'ok' }));
  operationRoutes(app, operations);
  return app;
}
