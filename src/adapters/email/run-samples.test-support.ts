import { type RunResult, type RunStatus } from '../../contract/run';

/** A run that sent everything and waits for its confirmation. */
export function sampleStatus(over: Partial<RunStatus> = {}): RunStatus {
  return {
    workflowId: 'activate active customers',
    integration: 'shop',
    audience: 'Active customers',
    attribute: 'lexer_audience',
    listAction: 'maintain',
    phase: 'awaitingConfirmation',
    generation: 4,
    planHash: 'f00d'.repeat(16),
    plan: {
      ledger: 0,
      source: 3817,
      add: 3817,
      remove: 0,
      stay: 0,
      notOurs: 0,
      leaversKept: 0,
      unsureRetried: 0,
    },
    sent: { accepted: 3817, rejected: 0, unknown: 0, unsent: 0 },
    ...over,
  };
}

/** A run that is done and was read back. */
export function sampleResult(over: Partial<RunResult> = {}): RunResult {
  return {
    ...sampleStatus(),
    phase: 'ended',
    outcome: 'done',
    summary: 'All 3,817 changes were accepted.',
    confirmation: { answer: 'right', by: 'ann@example.com', at: '2026-11-21T10:00:00Z', via: 'link' },
    verification: { changed: 3817, checked: 500, matching: 500, late: 0, notInBraze: 0, atCap: 0 },
    segment: {
      exists: false,
      name: 'Active customers',
      steps: ['Open Segments.', 'Add the filter "lexer_audience".'],
    },
    reportKey: 'integrations/shop/audiences/ab/runs/g4/report.html',
    ...over,
  };
}
