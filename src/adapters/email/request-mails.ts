import { type RunStatus } from '../../contract/run';
import { digits, duration, moment, shellWord, type MailContent } from './content';
import { audienceFacts, movement, planFacts, sentFacts } from './run-facts';

/** Data of the mail that asks a person whether what was sent is right. */
export interface ConfirmationMail {
  kind: 'confirmation' | 'reminder';
  status: RunStatus;
  /** The recipient's own link. */
  link: string;
  expiresAt: number;
}

/** Data of the mail that tells the operators that a run waits for a platform's mail. */
export interface AwaitedMail {
  kind: 'awaitedMail';
  status: RunStatus;
  runToken: string;
  expiresAt: number;
}

/** Data of the mail that asks the operators to approve or reject a plan. */
export interface ApprovalMail {
  kind: 'approvalNeeded';
  status: RunStatus;
  timeoutSeconds: number;
}

/** Asks one person by a link of their own. */
export function confirmationContent({ kind, status, link, expiresAt }: ConfirmationMail): MailContent {
  const reminder = kind === 'reminder';
  return {
    subject: `${reminder ? 'Reminder - ' : ''}Brazier: please confirm '${status.audience}' - ${movement(status)}`,
    tone: 'attention',
    headline: `${reminder ? 'Still waiting: is' : 'Is'} '${status.audience}' right in Braze?`,
    paragraphs: [
      'Brazier has sent this audience to Braze. Please look at it in Braze and say whether it is right.',
      'The data is already in Braze; your answer changes nothing there. It decides how this run is recorded.',
    ],
    facts: [...audienceFacts(status), ...sentFacts(status), ['Answer until', moment(expiresAt)]],
    button: {
      label: 'Look and answer',
      url: link,
      note: 'This link is yours alone. Opening it confirms nothing: the page has two buttons, "right" and "not right".',
    },
    lists: [],
    code: [{ title: 'Or from the command line:', text: decisionCommand('confirm', status) }],
    reason: 'You get this mail because you are named to confirm this audience. Please do not forward it.',
  };
}

/** Tells the operators what a confirmation mail has to say. */
export function awaitedMailContent({ status, runToken, expiresAt }: AwaitedMail): MailContent {
  return {
    subject: `Brazier: '${status.audience}' waits for its confirmation mail - ${movement(status)}`,
    tone: 'attention',
    headline: `'${status.audience}' waits for its confirmation mail`,
    paragraphs: [
      'The data is in Braze. The run waits for a mail that says so, from a sender that it allows and naming the audience, or with the token below.',
    ],
    facts: [...audienceFacts(status), ...sentFacts(status), ['Waits until', moment(expiresAt)]],
    lists: [],
    code: [
      { title: 'Token that confirms this run in any mail to the inbound hook:', text: runToken },
      { title: 'Or from the command line:', text: decisionCommand('confirm', status) },
    ],
    reason: 'You get this mail because you are an operator of Brazier.',
  };
}

/** Asks the operators for a decision, with everything that is needed to make and to give it. */
export function approvalContent({ status, timeoutSeconds }: ApprovalMail): MailContent {
  const { add = 0, remove = 0 } = status.plan ?? {};
  const input = JSON.stringify({ planHash: status.planHash ?? '', by: 'Your Name' });
  return {
    subject: `Brazier: '${status.audience}' needs your approval - ${digits(add)} would enter, ${digits(remove)} would leave`,
    tone: 'attention',
    headline: `'${status.audience}' needs your approval`,
    paragraphs: [
      'Nothing has been sent yet. The plan below waits for a person to approve or reject it.',
      `Without an answer within ${duration(timeoutSeconds)} it counts as rejected, and nothing is sent.`,
    ],
    facts: [...audienceFacts(status), ...planFacts(status), ['Plan hash', status.planHash ?? 'not known']],
    lists: [
      { title: 'Why it waits', ordered: false, items: status.approvalReasons ?? [] },
      {
        title: "In Temporal's Web UI",
        ordered: true,
        items: [
          `Open the workflow ${status.workflowId}.`,
          'Choose "Send an Update", then the update "approve" or "reject".',
          `Give this input, with your name: ${input}`,
        ],
      },
    ],
    code: [
      { title: 'Approve from the command line:', text: planCommand('approve', status) },
      { title: 'Reject from the command line:', text: planCommand('reject', status) },
    ],
    reason:
      'You get this mail because you are an operator of Brazier. The approval holds for this plan only.',
  };
}

function planCommand(verb: 'approve' | 'reject', status: RunStatus): string {
  return `brazier ${verb} ${shellWord(status.workflowId)} --plan-hash ${status.planHash ?? ''} --by 'Your Name'`;
}

function decisionCommand(verb: 'confirm' | 'dispute', status: RunStatus): string {
  return `brazier ${verb} ${shellWord(status.workflowId)} --by 'Your Name'`;
}
