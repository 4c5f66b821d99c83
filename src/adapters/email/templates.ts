import { endContent, type EndMail } from './end-mails';
import { createMailLayout, type RenderedMail } from './layout';
import {
  approvalContent,
  awaitedMailContent,
  confirmationContent,
  type ApprovalMail,
  type AwaitedMail,
  type ConfirmationMail,
} from './request-mails';
import { type MailContent } from './content';
import {
  streamAlertContent,
  streamFailureContent,
  type StreamAlertMail,
  type StreamFailureMail,
} from './stream-mails';
import { scheduleAlertContent, type ScheduleAlertMail } from './schedule-mails';

/** Every mail that a run sends, by kind. No kind has a place for a member's id or a secret. */
export type RunMail =
  | ConfirmationMail
  | AwaitedMail
  | ApprovalMail
  | EndMail
  | ScheduleAlertMail
  | StreamFailureMail
  | StreamAlertMail;

/** Turns the data of a mail into subject, text and HTML. */
export type MailTemplates = (mail: RunMail) => RenderedMail;

/** The templates of all mails. */
export function createMailTemplates(): MailTemplates {
  const layOut = createMailLayout();
  return (mail) => layOut(contentOf(mail));
}

function contentOf(mail: RunMail): MailContent {
  switch (mail.kind) {
    case 'confirmation':
    case 'reminder':
      return confirmationContent(mail);
    case 'awaitedMail':
      return awaitedMailContent(mail);
    case 'approvalNeeded':
      return approvalContent(mail);
    case 'completion':
    case 'ended':
      return endContent(mail);
    case 'scheduleAlert':
      return scheduleAlertContent(mail);
    case 'streamFailure':
      return streamFailureContent(mail);
    case 'streamAlert':
      return streamAlertContent(mail);
  }
}
