import { ERROR_CATALOG, type ErrorCode, type Fault } from '../contract/errors';
import { type ConfirmationResult, type RunStatus } from '../contract/run';
import { type Page } from './page';

/** Asks for the answer: what was sent, where, and who is asked. */
export function questionPage(status: RunStatus, recipient: string): Page {
  return {
    title: `Is '${status.audience}' right in Braze?`,
    tone: 'ask',
    paragraphs: [
      'Brazier has sent this audience to Braze. Look at it there, then say whether it is right.',
      'Your answer changes no data. It is recorded with your address and decides how this run ends.',
    ],
    facts: [...runFacts(status), ['You answer as', recipient]],
    buttons: true,
  };
}

/** The answer that a run has by now, if any; a run that ended without one takes none any more. */
export function givenAnswer(status: RunStatus): ConfirmationResult | undefined {
  return status.confirmation ?? (status.outcome === undefined ? undefined : { answer: 'notAsked' });
}

/** Says which answer counts, by whom and when: the one just given or an earlier one. */
export function answeredPage(status: RunStatus, result: ConfirmationResult): Page {
  const facts: [string, string][] = [...runFacts(status), ...answerFacts(result)];
  const by = result.by === undefined ? '' : ` by ${result.by}`;
  switch (result.answer) {
    case 'right':
      return answered(
        'Confirmed as right',
        'good',
        `This run was confirmed as right${by}. Nothing is left to do.`,
        facts,
      );
    case 'notRight':
      return answered(
        'Recorded as not right',
        'attention',
        `This run was answered "not right"${by}. The operators are told.`,
        facts,
      );
    case 'timedOut':
      return answered(
        'Too late',
        'attention',
        'The time to answer is over; the run ended unconfirmed. The data stands.',
        facts,
      );
    case 'superseded':
      return answered(
        'A later run took over',
        'attention',
        'A later run of this audience has begun and asks for itself.',
        facts,
      );
    case 'notAsked':
      return answered(
        'No answer needed',
        'attention',
        'This run has ended or does not wait for a confirmation.',
        facts,
      );
  }
}

/** The page of somebody whose answer came second and differs from the one that counts. */
export function withObjection(page: Page): Page {
  const objection =
    'Your answer differs and came later, so it was not recorded: tell the operators what you have seen.';
  return { ...page, tone: 'attention', paragraphs: [...page.paragraphs, objection] };
}

/** Says what is wrong with a link or with Brazier, and what to do. */
export function faultPage({ code, message }: Fault): Page {
  return {
    title: titleOf(code),
    tone: 'bad',
    paragraphs: [message, ERROR_CATALOG[code].help],
    facts: [],
    buttons: false,
    code,
  };
}

function titleOf(code: ErrorCode): string {
  if (code === 'LINK_INVALID' || code === 'LINK_EXPIRED') return 'This link does not work';
  return ERROR_CATALOG[code].actor === 'wait' ? 'Not possible right now' : 'That did not work';
}

/** Says that nothing lies at an address, without repeating it. */
export function notFoundPage(): Page {
  const paragraphs = ['Nothing is at this address. Please use the link as it stands in the mail.'];
  return { title: 'Page not found', tone: 'bad', paragraphs, facts: [], buttons: false };
}

/** The page at the root: what answers here, for whoever looks. */
export function rootPage(): Page {
  const facts: Page['facts'] = [
    ['/healthz', 'whether this process answers'],
    ['/v1/openapi.json', 'the HTTP API, where it is on'],
  ];
  const paragraphs = ['This is the gateway of Brazier. It takes confirmations, mails, events and API calls.'];
  return { title: 'Brazier gateway', tone: 'good', paragraphs, facts, buttons: false };
}

function answered(title: string, tone: Page['tone'], sentence: string, facts: Page['facts']): Page {
  return { title, tone, paragraphs: [sentence], facts, buttons: false };
}

function runFacts(status: RunStatus): [string, string][] {
  const { plan, sentBy, sent } = status;
  const changes = (count: number): string => `${new Intl.NumberFormat('en-US').format(count)} members`;
  return [
    ['Audience', status.audience],
    ['Attribute', status.attribute],
    ['Integration', status.integration],
    ...row('Entered', sentBy?.add.accepted, changes),
    ...row('Left', sentBy?.remove.accepted, changes),
    ...(sentBy === undefined ? row('Planned to enter', plan?.add, changes) : []),
    ...(sentBy === undefined ? row('Planned to leave', plan?.remove, changes) : []),
    ...row('Stayed', plan?.stay, changes),
    ...row('Changes accepted by Braze', sent?.accepted, changes),
    ...row('Rejected by Braze', sent?.rejected, changes),
  ];
}

function answerFacts({ by, at, via }: ConfirmationResult): [string, string][] {
  const channel = {
    link: 'the link in the mail',
    mail: 'a confirmation mail',
    update: 'an Update in Temporal',
  };
  return [
    ...(by === undefined ? [] : [['Answered by', by] satisfies [string, string]]),
    ...(at === undefined ? [] : [['Answered on', at] satisfies [string, string]]),
    ...(via === undefined ? [] : [['Answered through', channel[via]] satisfies [string, string]]),
  ];
}

function row(label: string, count: number | undefined, show: (count: number) => string): [string, string][] {
  return count === undefined ? [] : [[label, show(count)]];
}
