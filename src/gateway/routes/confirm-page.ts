import { type FastifyInstance } from 'fastify';
import { askedRun, type LinkDependencies } from '../asked-run';
import { answeredPage, faultPage, givenAnswer, questionPage } from '../confirmation-pages';
import { statusOf } from '../fault-status';
import { type Page } from '../page';
import { publicFault } from '../public-fault';

/**
 * `GET /confirm/:token`: shows what will be confirmed. It only reads, so that mail scanners and previews, which open
 * every link, confirm nothing.
 */
export function confirmPageRoute(
  app: FastifyInstance,
  dependencies: LinkDependencies & { render: (page: Page) => string },
): void {
  app.get<{ Params: { token: string } }>('/confirm/:token', async (request, reply) => {
    const asked = await askedRun(dependencies, request.params.token);
    void reply.type('text/html; charset=utf-8');
    if (!asked.ok)
      return reply
        .code(statusOf(asked.fault.code))
        .send(dependencies.render(faultPage(publicFault(request, asked.fault))));
    const { claims, status } = asked.value;
    request.touchedRun = { workflowId: claims.workflowId, runId: claims.runId };
    const given = givenAnswer(status);
    const page =
      given === undefined ? questionPage(status, claims.recipient.email) : answeredPage(status, given);
    return reply.send(dependencies.render(page));
  });
}
