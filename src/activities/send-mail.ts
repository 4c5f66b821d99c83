import { type ConfirmationLinks } from '../adapters/email/links';
import { type StreamFailureMail } from '../adapters/email/stream-mails';
import { type MailTemplates, type RunMail } from '../adapters/email/templates';
import { type MailTransport } from '../adapters/email/transport';
import { type RunOutcome } from '../contract/phases';
import { type RunResult, type RunStatus } from '../contract/run';
import { deliver, type RunMailing, type SendMailResult } from './send-mail-delivery';

/** What the mail activities work with. */
export interface MailActivityDependencies {
  transport: MailTransport;
  templates: MailTemplates;
  links: ConfirmationLinks;
  /** Mail addresses of the deployment's operators. */
  operators: readonly string[];
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** Input of `sendConfirmationMail`. */
export interface SendConfirmationMailInput {
  status: RunStatus;
  runId: string;
  /** Who is asked; the operators where none are named. */
  recipients: string[];
  expiresInSeconds: number;
  kind: 'confirmation' | 'reminder';
  /** 0 for the first mail, then counted on: each reminder is a mail of its own. */
  attempt: number;
  /** `mail`: tell which mail is awaited, without a link. Defaults to `person`. */
  policy?: 'person' | 'mail';
}

/** Input of `sendApprovalMail`. */
export interface SendApprovalMailInput {
  status: RunStatus;
  runId: string;
  timeoutSeconds: number;
}

/** Input of `sendEndMail`. */
export interface SendEndMailInput {
  result: RunResult;
  runId: string;
}

/** Input of `sendStreamMail`. */
export type SendStreamMailInput = Omit<StreamFailureMail, 'kind'> & { runId: string };

/** The mail activities, by the names that workflows call them. */
export interface MailActivities {
  /**
   * Asks each recipient by a link of their own, or tells the operators which mail is awaited. A retry is safe: it
   * skips whom an earlier attempt reached, every link stays valid, Message-IDs repeat, and a run takes one answer
   * only. Bounded by the transport's total time per mail. Reads the operators fresh from the configuration.
   */
  sendConfirmationMail(input: SendConfirmationMailInput): Promise<SendMailResult>;
  /**
   * Asks the operators for a decision on the plan. A retry is safe: the decision is bound to the plan's hash, and
   * the mail keeps its Message-ID. Bounded by the transport's total time.
   */
  sendApprovalMail(input: SendApprovalMailInput): Promise<SendMailResult>;
  /**
   * Tells the operators how the run ended. A retry is safe: the Message-ID depends on run and kind only, so a mail
   * whose SMTP answer got lost is recognisable when it comes twice. Bounded by the transport's total time.
   */
  sendEndMail(input: SendEndMailInput): Promise<SendMailResult>;
  /**
   * Tells the operators that an engagement was not activated, or that an External API did not pass its test. A retry is safe: the
   * Message-ID depends on the run only. Bounded by the transport's total time. Reads the operators fresh from the configuration.
   */
  sendStreamMail(input: SendStreamMailInput): Promise<SendMailResult>;
  /** What a mail has to contain to confirm the run. Pure but for the secret, hence safe to retry and fit for a local activity. */
  runToken(input: { workflowId: string; runId: string }): Promise<string>;
}

/** Makes the mail activities. */
export function createMailActivities(dependencies: MailActivityDependencies): MailActivities {
  const { links, operators, clock } = dependencies;
  const send = (
    status: RunStatus,
    runId: string,
    mails: Omit<RunMailing, 'runToken'>[],
  ): Promise<SendMailResult> => {
    const runToken = links.runToken(status.workflowId, runId);
    return deliver(
      dependencies,
      mails.map((mail) => ({ ...mail, runToken })),
    );
  };
  return {
    sendConfirmationMail: (input) =>
      send(input.status, input.runId, confirmationMailings(input, operators, links, clock())),
    sendApprovalMail: ({ status, runId, timeoutSeconds }) =>
      send(status, runId, [
        {
          kind: 'approval',
          // A run that plans again asks again, which is another mail.
          part: status.planHash?.slice(0, 16),
          to: operators,
          content: { kind: 'approvalNeeded', status, timeoutSeconds },
        },
      ]),
    sendEndMail: ({ result, runId }) => {
      const kind = endMailKind(result.outcome);
      return send(result, runId, [{ kind, to: operators, content: { kind, result } }]);
    },
    sendStreamMail: ({ runId, ...mail }) => {
      const runToken = links.runToken(mail.workflowId, runId);
      const content: RunMail = { kind: 'streamFailure', ...mail };
      return deliver(dependencies, [{ kind: 'ended', runToken, to: operators, content }]);
    },
    runToken: ({ workflowId, runId }) => Promise.resolve(links.runToken(workflowId, runId)),
  };
}

function confirmationMailings(
  input: SendConfirmationMailInput,
  operators: readonly string[],
  links: ConfirmationLinks,
  nowMs: number,
): Omit<RunMailing, 'runToken'>[] {
  const { status, runId, kind, attempt } = input;
  const expiresAt = Math.round(nowMs + input.expiresInSeconds * 1000);
  if (input.policy === 'mail') {
    const runToken = links.runToken(status.workflowId, runId);
    const content: RunMail = { kind: 'awaitedMail', status, runToken, expiresAt };
    return [{ kind, part: String(attempt), to: operators, content }];
  }
  const { generation = 0, planHash = '' } = status;
  const asked = input.recipients.length > 0 ? input.recipients : operators;
  return asked.map((email, index) => {
    const recipient = { index, email };
    const link = links.linkFor({
      workflowId: status.workflowId,
      runId,
      recipient,
      generation,
      planHash,
      expiresAt,
    });
    return { kind, part: `${attempt}.${index}`, to: [email], content: { kind, status, link, expiresAt } };
  });
}

/** Finished data gets a completion mail, any other ending says what was and was not done. */
function endMailKind(outcome: RunOutcome): 'completion' | 'ended' {
  switch (outcome) {
    case 'done':
    case 'nothingToDo':
    case 'dryRun':
    case 'completedUnverified':
      return 'completion';
    case 'refused':
    case 'notApproved':
    case 'unconfirmed':
    case 'disputed':
    case 'superseded':
    case 'cancelled':
    case 'failed':
      return 'ended';
  }
}
