import { ERROR_CATALOG, type ErrorCode } from '../../contract/errors';
import { type Actor } from '../../contract/integration';
import { WAIT_WORDS, type WaitReason } from '../../domain/stream/shard-wait';
import { amount, shellWord, type MailContent } from './content';

/** Data of the mail about an activation of an engagement, or a test of an External API, that came to nothing. */
export interface StreamFailureMail {
  kind: 'streamFailure';
  what: 'activation' | 'test';
  /** Blank where the input was refused before its names were checked, as is `name`. */
  integration: string;
  name: string;
  error: { code: string; message: string; actor: Actor };
  /** Where it ended, in a word. */
  stage?: string | undefined;
  workflowId: string;
}

/** Data of the mail about shards that do not go on. */
export interface StreamAlertMail {
  kind: 'streamAlert';
  integration: string;
  reason: WaitReason;
  /** ISO 8601, of the longest wait. */
  since: string;
  shards: readonly string[];
}

const ACTORS: Record<Actor, string> = {
  credentialOwner: 'The owner of the credentials has to act.',
  settingsOwner: 'The owner of the settings has to act.',
  dataOwner: 'The owner of the data has to act.',
  person: 'A person has to decide.',
  wait: 'Nobody has to act: wait, or start it again later.',
  us: 'This is a fault of Brazier; please report it.',
};

/** Their messages name definitions and settings; those of other codes may repeat values of a test person. */
const TOLD: ReadonlySet<string> = new Set<ErrorCode>([
  'EXTERNAL_API_UNTESTED',
  'EXTERNAL_API_UNKNOWN',
  'SEGMENT_UNKNOWN',
  'ENGAGEMENT_STATE',
  'ENGAGEMENT_UNKNOWN',
  'STREAM_NOT_CONFIGURED',
  'DATABASE_UNAVAILABLE',
]);

/** Tells what came to nothing, why, and who acts. No message that may hold a person's values is in it. */
export function streamFailureContent(mail: StreamFailureMail): MailContent {
  const { what, integration, name, error, stage, workflowId } = mail;
  const thing = what === 'activation' ? 'engagement' : 'External API';
  const subject = name === '' ? `An ${thing}` : `${thing} '${name}'`;
  const verdict = what === 'activation' ? 'was not activated' : 'did not pass its test';
  const isKnown = Object.hasOwn(ERROR_CATALOG, error.code);
  return {
    subject: `Brazier: ${subject} ${verdict} - ${error.code}`,
    tone: 'bad',
    headline: `${subject.charAt(0).toUpperCase()}${subject.slice(1)} ${verdict}`,
    paragraphs: [
      ...(TOLD.has(error.code) ? [`${error.code}: ${error.message}`] : [error.code]),
      ...(isKnown ? [ERROR_CATALOG[error.code as ErrorCode].help] : []),
      ACTORS[error.actor],
      what === 'activation'
        ? 'Nobody is sent for it by this activation. What it saved stays; start it again when the cause is mended.'
        : 'The version cannot be activated on this integration until it has passed a test.',
    ],
    facts: [
      ...(integration === '' ? [] : [['Integration', integration] as [string, string]]),
      ...(name === '' ? [] : [[thing === 'engagement' ? 'Engagement' : thing, name] as [string, string]]),
      ...(stage === undefined ? [] : [['Ended at', stage] as [string, string]]),
      ['Workflow', workflowId],
    ],
    lists: [],
    code: [
      {
        title: 'Where the whole message is',
        text: `temporal workflow describe --workflow-id ${shellWord(workflowId)}`,
      },
    ],
    reason: 'You get this mail because you are an operator of Brazier.',
  };
}

/** Tells which shards wait, for what, since when, and who acts. */
export function streamAlertContent({ integration, reason, since, shards }: StreamAlertMail): MailContent {
  const { what, who } = WAIT_WORDS[reason];
  return {
    subject: `Brazier: the stream of '${integration}' waits (${reason})`,
    tone: 'bad',
    headline: `The stream of '${integration}' waits`,
    paragraphs: [
      `${amount(shards.length, 'shard')} ${shards.length === 1 ? 'does' : 'do'} not go on: ${what}.`,
      who,
      'Nothing is lost: what was captured stays in the log, and is sent in order once it goes on.',
    ],
    facts: [
      ['Integration', integration],
      ['Reason', reason],
      ['Since', since],
      ['Shards', shards.join(', ')],
    ],
    lists: [],
    code: [{ title: 'Where to look', text: `brazier stream status ${shellWord(integration)}` }],
    reason:
      'You get this mail because you are an operator of Brazier. It is sent once a day for each reason while it lasts.',
  };
}
