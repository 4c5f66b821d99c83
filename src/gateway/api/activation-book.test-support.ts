import { fault, success, type Outcome } from '../../contract/errors';
import { type ActivationView } from '../../contract/http-api';
import { type ConfirmationResult } from '../../contract/run';
import { type ActivationRuns, type StartRequest } from './activation-runs';

/** Activations that are kept in memory, and everything that was asked of them. */
export interface ActivationBook extends ActivationRuns {
  asked: { what: string; workflowId?: string; request?: object }[];
  starts: StartRequest[];
  /** While set, nothing can be reached. */
  down: boolean;
  /** While set, asking fails as nobody foresaw. */
  broken: boolean;
}

/** An id with everything that a path could trip over. */
export const ODD_ID = 'nightly/acme/2026-11-22 03:00 +ü?#%2F';

/** A book in which `ODD_ID` is under way, `ended` has ended without asking anybody, and `confirmed` after an answer. */
export function createActivationBook(): ActivationBook {
  const views = new Map<string, ActivationView>([
    [ODD_ID, underWay(ODD_ID)],
    ['ended', ended('ended', { answer: 'notAsked' })],
    ['confirmed', ended('confirmed', { answer: 'right', by: 'Ada', at: AT, via: 'update' })],
  ]);
  const answers = new Map<string, ConfirmationResult>();
  const find = (workflowId: string): Outcome<ActivationView> => {
    if (book.broken) throw new TypeError('secret detail');
    if (book.down) return fault('TEMPORAL_UNAVAILABLE', 'Temporal does not answer: 10.1.2.3:7233');
    const view = views.get(workflowId);
    return view === undefined ? fault('RUN_NOT_FOUND', 'There is no activation of that id.') : success(view);
  };
  const tell = (what: string, workflowId: string, request: object): Outcome<ActivationView> => {
    book.asked.push({ what, workflowId, request });
    const view = find(workflowId);
    if (!view.ok || !view.value.ended) return view;
    return fault('RUN_ENDED', 'The run has ended; its result says how.');
  };
  const book: ActivationBook = {
    asked: [],
    starts: [],
    down: false,
    broken: false,
    start(request) {
      book.starts.push(request);
      const { input, idempotencyKey } = request;
      if (idempotencyKey === 'taken')
        return Promise.resolve(fault('IDEMPOTENCY_KEY_REUSED', 'Used before, with another body.'));
      const workflowId = `activate/${input.integration}/1`;
      return Promise.resolve(success({ workflowId, runId: 'r', repeated: idempotencyKey === 'again' }));
    },
    view: (workflowId) => Promise.resolve().then(() => find(workflowId)),
    ofAudience(query) {
      book.asked.push({ what: 'list', request: query });
      return Promise.resolve(success([{ workflowId: ODD_ID, runId: 'r', heldAt: AT }]));
    },
    decide: (workflowId, what, request) => Promise.resolve(tell(what, workflowId, request)),
    hold: (workflowId, what, request) => Promise.resolve(tell(what, workflowId, request)),
    answer(workflowId, what, request) {
      const told = tell(what, workflowId, request);
      const view = views.get(workflowId);
      const recorded = view?.ended ? view.result?.confirmation : answers.get(workflowId);
      if (recorded && recorded.answer !== 'notAsked') return Promise.resolve(success(recorded));
      if (!told.ok) return Promise.resolve(told);
      const answer: ConfirmationResult = {
        answer: what === 'confirm' ? 'right' : 'notRight',
        ...request,
        at: AT,
      };
      answers.set(workflowId, answer);
      return Promise.resolve(success(answer));
    },
    cancel(workflowId) {
      const told = tell('cancel', workflowId, {});
      return Promise.resolve(told.ok ? success({ workflowId, runId: 'r' }) : told);
    },
  };
  return book;
}

const AT = '2026-11-22T03:00:00.000Z';

function underWay(workflowId: string): ActivationView {
  const { integration, audience, attribute } = AUDIENCE;
  return {
    workflowId,
    runId: 'r',
    ended: false,
    startedAt: AT,
    status: { workflowId, integration, audience, attribute, listAction: 'maintain', phase: 'sending' },
  };
}

function ended(workflowId: string, confirmation: ConfirmationResult): ActivationView {
  const outcome = 'done' as const;
  const status = { ...AUDIENCE, workflowId, listAction: 'maintain' as const, phase: 'ended' as const };
  return {
    workflowId,
    runId: 'r',
    ended: true,
    startedAt: AT,
    endedAt: AT,
    result: { ...status, outcome, summary: 'Done.', confirmation },
  };
}

const AUDIENCE = { integration: 'acme', audience: 'Active customers', attribute: 'lexer_audience' };
