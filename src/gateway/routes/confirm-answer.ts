import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { fault, success, type Outcome } from '../../contract/errors';
import { type ConfirmationResult } from '../../contract/run';
import { askedRun, type AskedRun, type LinkDependencies } from '../asked-run';
import { answeredPage, withObjection, faultPage, givenAnswer } from '../confirmation-pages';
import { statusOf } from '../fault-status';
import { type Page } from '../page';
import { publicFault } from '../public-fault';
import { type ConfirmationRuns } from '../runs';

const formSchema = z.object({ answer: z.enum(['right', 'notRight']) });

/**
 * `POST /confirm/:token`: one of the two buttons. Whoever answers first is the run's answer; every later press, by
 * anyone, is shown who answered and when. The run decides that, not this process: any number of gateways agree.
 */
export function confirmAnswerRoute(
  app: FastifyInstance,
  dependencies: LinkDependencies & { render: (page: Page) => string },
): void {
  app.post<{ Params: { token: string } }>('/confirm/:token', async (request, reply) => {
    const page = await pressed(dependencies, request);
    const shown = page.ok ? page.value : faultPage(publicFault(request, page.fault));
    return reply
      .code(page.ok ? 200 : statusOf(page.fault.code))
      .type('text/html; charset=utf-8')
      .send(dependencies.render(shown));
  });
}

async function pressed(
  dependencies: LinkDependencies,
  request: FastifyRequest<{ Params: { token: string } }>,
): Promise<Outcome<Page>> {
  const asked = await askedRun(dependencies, request.params.token);
  if (!asked.ok) return asked;
  const { body } = request;
  const { workflowId, runId } = asked.value.claims;
  request.touchedRun = { workflowId, runId };
  const result = await answer(dependencies.runs, asked.value, body);
  if (!result.ok) return result;
  const page = answeredPage(asked.value.status, result.value);
  const form = formSchema.safeParse(body);
  return success(form.success && isContrary(form.data.answer, result.value) ? withObjection(page) : page);
}

/** Somebody else was first with the other answer: whoever presses now must not believe that theirs was taken. */
function isContrary(pressedAnswer: 'right' | 'notRight', { answer: counted }: ConfirmationResult): boolean {
  return (counted === 'right' || counted === 'notRight') && counted !== pressedAnswer;
}

async function answer(
  runs: ConfirmationRuns,
  { claims, status }: AskedRun,
  body: unknown,
): Promise<Outcome<ConfirmationResult>> {
  const given = givenAnswer(status);
  if (given !== undefined) return success(given);
  const form = formSchema.safeParse(body);
  if (!form.success) return fault('INPUT_INVALID', 'The answer has to be "right" or "notRight".');
  const press = { by: claims.recipient.email, via: 'link' as const };
  return form.data.answer === 'right'
    ? runs.confirm(claims.workflowId, claims.runId, press)
    : runs.dispute(claims.workflowId, claims.runId, press);
}
