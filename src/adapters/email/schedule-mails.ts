import { type ScheduleAlert } from '../../domain/schedule-watch';
import { shellWord, type MailContent } from './content';

/** Data of the mail about a refresh that did not happen as its schedule says. */
export interface ScheduleAlertMail {
  kind: 'scheduleAlert';
  scheduleId: string;
  integration: string;
  audience: string;
  alert: ScheduleAlert;
}

/** Tells what is late or left out, and where to look. */
export function scheduleAlertContent({
  scheduleId,
  integration,
  audience,
  alert,
}: ScheduleAlertMail): MailContent {
  const { code, message, dueMs, workflowId } = alert;
  const verdict = code === 'REFRESH_LATE' ? 'is late' : 'was left out';
  const id = shellWord(scheduleId);
  return {
    subject: `Brazier: refresh of '${audience}' ${verdict} - ${code}`,
    tone: 'bad',
    headline: `The refresh of '${audience}' ${verdict}`,
    paragraphs: [
      message,
      code === 'REFRESH_LATE'
        ? 'Look whether workers run (brazier worker), then at the run. Until it is through, the audience in Braze is as the last refresh left it.'
        : 'The next refresh brings the audience up to date by itself. If the one that was left out has to be had, backfill it before that. A backfill that runs after a later refresh sets a "maintain" audience with a dated source back to the older list until the next refresh.',
    ],
    facts: [
      ['Audience', audience],
      ['Integration', integration],
      ['Schedule', scheduleId],
      ...(dueMs === undefined ? [] : [['Due', new Date(dueMs).toISOString()] as [string, string]]),
      ...(workflowId === undefined ? [] : [['Run', workflowId] as [string, string]]),
    ],
    lists: [],
    code: [
      {
        title: 'Where to look',
        text: [
          `brazier schedule show ${id}`,
          ...(workflowId === undefined ? [] : [`brazier status ${shellWord(workflowId)}`]),
        ].join('\n'),
      },
    ],
    reason:
      'You get this mail because you are an operator of Brazier. It is sent once for each refresh, and at most once a day for those that an overlap leaves out.',
  };
}
