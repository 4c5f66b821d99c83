import { type FastifyInstance } from 'fastify';

/** `GET /healthz`: the process answers. It asks nobody else, so a failing Temporal does not restart gateways. */
export function healthRoute(app: FastifyInstance): void {
  app.get('/healthz', () => ({ status: 'ok' }));
}
