import { type RunResult, type RunStatus } from '../contract/run';
import { number } from '../domain/describe-run';
import { nextSteps } from './next-steps';
import { formatFacts } from './table';

/** Everything that is known of a run, for people. */
export function formatStatus(status: RunStatus): string[] {
  const { workflowId, audience, attribute, integration, listAction, phase, outcome, error, reason } = status;
  const subject =
    audience === '' ? undefined : `"${audience}" on ${attribute} (${integration}), ${listAction}`;
  const facts = formatFacts([
    ['run', workflowId],
    ['audience', subject],
    ['phase', phase],
    ...planFacts(status),
    ...sendingFacts(status),
    ...proofFacts(status),
    ['outcome', outcome && reason ? `${outcome} (${reason})` : outcome],
    ['error', error && `${error.code}: ${error.message}`],
  ]);
  const steps = nextSteps(status);
  return steps.length === 0 ? facts : [...facts, '', 'Next:', ...steps.map((step) => `  ${step}`)];
}

type Facts = [string, string | undefined][];

/** What a plan moves, and why it has to be approved. */
export function planFacts(status: RunStatus): Facts {
  const { plan, planHash, forecast, snapshot, approvalReasons, source, scheduledFor } = status;
  return [
    ['lies at', source],
    ['scheduled for', scheduledFor],
    ['source', snapshot && `${number(snapshot.rows)} rows, ${number(snapshot.members)} members`],
    ['plan', plan && `${number(plan.add)} enter, ${number(plan.remove)} leave, ${number(plan.stay)} stay`],
    ['plan hash', planHash],
    [
      'forecast',
      forecast &&
        `${number(forecast.requests)} requests, at least ${forecast.seconds} s at the workspace’s limit`,
    ],
    ...(approvalReasons ?? []).map((reason): [string, string] => ['approval needed', reason]),
  ];
}

function sendingFacts({ slices, sent, approval, phase }: RunStatus): Facts {
  const under = phase === 'sending' || phase === 'paused';
  return [
    ['approval', approval && `${approval.decision}${approval.by ? ` by ${approval.by}` : ''}`],
    ['slices', slices && under ? `${slices.done} of ${slices.total} sent` : undefined],
    [
      'answers',
      sent &&
        `${number(sent.accepted)} accepted, ${number(sent.rejected)} rejected, ${number(sent.unknown)} unknown, ${number(sent.unsent)} unsent`,
    ],
  ];
}

function proofFacts({ confirmation, verification, runToken, phase }: RunStatus): Facts {
  const given = confirmation && [
    confirmation.answer,
    ...(confirmation.by === undefined ? [] : [`by ${confirmation.by}`]),
    ...(confirmation.via === undefined ? [] : [`through ${confirmation.via}`]),
    ...(confirmation.at === undefined ? [] : [`on ${confirmation.at}`]),
  ];
  return [
    ['confirmation', given?.join(' ')],
    ['run token', phase === 'awaitingConfirmation' ? runToken : undefined],
    ['read back', verification && verified(verification)],
  ];
}

function verified(found: NonNullable<RunStatus['verification']>): string {
  if (found.skipped !== undefined) return `nothing: ${found.skipped}`;
  const rest = [
    [found.late, 'late'],
    [found.notInBraze, 'not in Braze'],
    [found.atCap, 'at the attribute’s cap'],
  ] as const;
  const others = rest.filter(([count]) => count > 0).map(([count, what]) => `, ${number(count)} ${what}`);
  return `${number(found.checked)} of ${number(found.changed)} read back, ${number(found.matching)} match${others.join('')}`;
}

/** Outcomes after which somebody may want to use the audience in Braze. */
const REACHED_BRAZE: readonly RunResult['outcome'][] = [
  'done',
  'nothingToDo',
  'unconfirmed',
  'completedUnverified',
];

/** How a run ended, for people: the sentence, the facts, where to look further. */
export function formatResult(result: RunResult): string[] {
  const { segment, reportKey, rejectedKeys } = result;
  const lines = [result.summary, ...formatStatus(result)];
  const objects = formatFacts([
    ['report', reportKey],
    ...(rejectedKeys ?? []).map((key): [string, string] => ['rejected members', key]),
  ]);
  if (objects.length > 0) lines.push('', 'In the state bucket:', ...objects.map((line) => `  ${line}`));
  if (!REACHED_BRAZE.includes(result.outcome)) return lines;
  if (segment?.exists) lines.push('', `Braze segment: "${segment.name}" (${segment.id ?? 'no id'})`);
  else if (segment) {
    lines.push('', 'The Braze segment that uses it does not exist yet:');
    lines.push(...segment.steps.map((step, index) => `  ${index + 1}. ${step}`));
  }
  return lines;
}

/** One line at a change of phase. */
export function phaseLine({ phase, plan, approvalReasons }: RunStatus): string {
  const moves = plan ? `: ${number(plan.add)} enter, ${number(plan.remove)} leave` : '';
  switch (phase) {
    case 'planned':
    case 'sending':
      return `${phase}${moves}`;
    case 'awaitingApproval':
      return [
        `waiting for approval${moves}`,
        ...(approvalReasons ?? []).map((reason) => `  because ${reason}`),
      ].join('\n');
    case 'awaitingConfirmation':
      return 'the data is in Braze; waiting for the confirmation';
    case 'received':
    case 'checked':
    case 'held':
    case 'recovering':
    case 'frozen':
    case 'paused':
    case 'settling':
    case 'committed':
    case 'released':
    case 'verifying':
    case 'ended':
      return phase;
  }
}
