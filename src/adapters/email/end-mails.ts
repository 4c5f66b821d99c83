import { type Actor } from '../../contract/integration';
import { type RunOutcome } from '../../contract/phases';
import { type RunResult } from '../../contract/run';
import { digits, type MailContent, type MailTone } from './content';
import {
  audienceFacts,
  confirmationFacts,
  movement,
  planFacts,
  reportFacts,
  sentFacts,
  verificationFacts,
} from './run-facts';

/** Data of the mail that ends a run: its completion, or what kept it from completing. */
export interface EndMail {
  kind: 'completion' | 'ended';
  result: RunResult;
}

interface Ending {
  tone: MailTone;
  /** What follows the audience's name in subject and headline. */
  verdict: string;
  /** What was and was not done. */
  done: string;
  /** Who acts where no error names them. */
  next: string;
}

const ENDINGS: Record<RunOutcome, Ending> = {
  done: {
    tone: 'good',
    verdict: 'is in Braze',
    done: 'Everything that could be sent was sent. The table says what was read back.',
    next: 'Nobody has to act.',
  },
  nothingToDo: {
    tone: 'good',
    verdict: 'is up to date',
    done: 'The plan has no change to make; nothing was sent.',
    next: 'Nobody has to act.',
  },
  dryRun: {
    tone: 'good',
    verdict: 'was planned (dry run)',
    done: 'Nothing was sent: this was a dry run.',
    next: 'Start the activation without "dryRun" to send it.',
  },
  completedUnverified: {
    tone: 'attention',
    verdict: 'is sent, not fully proven',
    done: 'Braze accepted changes, but reading back did not prove all that it was to prove.',
    next: 'Look at the report. The next run tries again whatever was found missing.',
  },
  unconfirmed: {
    tone: 'attention',
    verdict: 'is sent, confirmation timed out',
    done: 'The data is in Braze and stays there. Nobody confirmed it in time.',
    next: 'Look at the audience in Braze; the next run asks again.',
  },
  disputed: {
    tone: 'bad',
    verdict: 'is sent, and was found not right',
    done: 'The data is in Braze and stays there. A person said that it is not right.',
    next: 'Ask the person named below what is wrong, correct the source, and start a new run.',
  },
  superseded: {
    tone: 'attention',
    verdict: 'was overtaken by a later run',
    done: 'The data of this run was sent. A later run began before this one was confirmed and proven to the end.',
    next: 'Nobody has to act: the later run reports for itself.',
  },
  notApproved: {
    tone: 'attention',
    verdict: 'was not approved',
    done: 'The plan was not approved. Nothing was sent.',
    next: 'Start a new run to get a new plan, if it should be sent after all.',
  },
  refused: {
    tone: 'bad',
    verdict: 'was refused',
    done: 'The run was refused before anything was sent.',
    next: 'Correct what the message names and start again.',
  },
  cancelled: {
    tone: 'attention',
    verdict: 'was cancelled',
    done: 'The run was cancelled. What Braze had already accepted is recorded; the rest was not sent.',
    next: 'The next run starts from what is recorded.',
  },
  failed: {
    tone: 'bad',
    verdict: 'failed',
    done: 'The run failed. What Braze had already accepted is recorded; the next run starts from there.',
    next: 'See the report, then start a new run.',
  },
};

const NOT_REFRESHED =
  'Nothing was sent, and nothing but the listing was read. If a new file was due, the owner of the data has to look. The runs after this one say nothing about it until the source changes.';

const ACTORS: Record<Actor, string> = {
  credentialOwner: 'The owner of the credentials has to act.',
  settingsOwner: 'The owner of the settings has to act.',
  dataOwner: 'The owner of the data has to act.',
  person: 'A person has to decide.',
  wait: 'Nobody has to act: wait, or start again later.',
  us: 'This is a fault of Brazier; please report it.',
};

/** Tells how a run ended: numbers, proof, confirmation, what to do next. */
export function endContent({ kind, result }: EndMail): MailContent {
  const ending = ENDINGS[result.outcome];
  const { error } = result;
  return {
    subject: subjectOf(result, ending),
    tone: ending.tone,
    headline: `${nameOf(result)} ${verdictOf(result, ending)}`,
    paragraphs: [
      result.summary,
      ...(error === undefined ? [] : [`${error.code}: ${error.message}`]),
      result.reason === undefined ? ending.done : NOT_REFRESHED,
      error === undefined ? ending.next : `${ACTORS[error.actor]} ${ending.next}`,
      ...streakNote(result),
    ],
    facts: [
      ...audienceFacts(result),
      ...(result.sent === undefined ? planFacts(result) : sentFacts(result)),
      ...verificationFacts(result),
      ...approvalFacts(result),
      ...confirmationFacts(result),
      ...reportFacts(result),
      ['Workflow', result.workflowId],
    ],
    lists: segmentSteps(result),
    code: [],
    reason:
      kind === 'completion'
        ? 'You get this mail because you are an operator of Brazier; "completionMail": false switches it off.'
        : 'You get this mail because you are an operator of Brazier.',
  };
}

/** Scheduled refreshes that fail for one reason are mailed once a day; whoever reads the one mail has to know. */
function streakNote({ scheduledFor, outcome, error }: RunResult): string[] {
  const isStreak = outcome === 'failed' || outcome === 'refused';
  if (scheduledFor === undefined || error === undefined || !isStreak) return [];
  return [
    `A schedule started this run. Its other refreshes that end with ${error.code} on this day (UTC) are not mailed.`,
  ];
}

/** An input that was refused may have named no audience. */
function nameOf({ audience }: RunResult): string {
  return audience === '' ? 'An activation' : `'${audience}'`;
}

function verdictOf({ reason }: RunResult, { verdict }: Ending): string {
  switch (reason) {
    case 'SOURCE_NOT_REFRESHED':
      return 'was not refreshed: its source is still the same (SOURCE_NOT_REFRESHED)';
    case undefined:
      return verdict;
  }
}

function subjectOf(result: RunResult, ending: Ending): string {
  const { verification, sent, plan } = result;
  const numbers =
    sent !== undefined
      ? [movement(result)]
      : result.outcome === 'dryRun' && plan !== undefined
        ? [`${digits(plan.add)} would enter, ${digits(plan.remove)} would leave`]
        : [];
  const proof =
    verification === undefined || verification.skipped !== undefined || verification.checked === 0
      ? []
      : [`${digits(verification.matching)} of ${digits(verification.checked)} read back match`];
  const code = result.error === undefined ? [] : [result.error.code];
  return [`Brazier: ${nameOf(result)} ${verdictOf(result, ending)}`, ...numbers, ...proof, ...code].join(
    ' - ',
  );
}

function approvalFacts({ approval }: RunResult): [string, string][] {
  if (approval === undefined) return [];
  const decision =
    approval.decision === 'timedOut' ? 'nobody answered in time, which counts as a no' : approval.decision;
  return [['Approval', approval.by === undefined ? decision : `${decision} by ${approval.by}`]];
}

function segmentSteps({ segment }: RunResult): MailContent['lists'] {
  if (segment === undefined) return [];
  if (!segment.exists)
    return [{ title: `Make the Braze segment '${segment.name}'`, ordered: true, items: segment.steps }];
  const id = segment.id === undefined ? '' : ` (${segment.id})`;
  return [{ title: 'Braze segment', ordered: false, items: [`'${segment.name}'${id} uses this audience.`] }];
}
