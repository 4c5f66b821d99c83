/** One version of an External API where it would be used. */
export interface GateSubject {
  integration: string;
  externalApi: string;
  version: number;
}

/** Why a version without a verdict is not activated, and what to do. */
export function untestedSentence(subject: GateSubject): string {
  return `${versionOf(subject)} has not been tested on integration "${subject.integration}" with the REST key that it has now. ${howToTest(subject)}`;
}

/** Why a version whose latest test failed is not activated. */
export function failingSentence(subject: GateSubject, reason: string | undefined): string {
  const why = reason === undefined ? '' : `: ${reason.replace(/[.\s]+$/, '')}`;
  return `${versionOf(subject)} failed its latest test on integration "${subject.integration}"${why}. ${howToTest(subject)}`;
}

/** How a test ended that was made for an activation, in Braze's own words where there are some. */
export function testFailedSentence(
  subject: GateSubject,
  { summary, answer }: { summary: string; answer?: { status: number; body: unknown } | undefined },
): string {
  const said = answer ? ` Braze answered ${answer.status}${wordsOf(answer.body)}.` : '';
  return `${versionOf(subject)} did not pass its test on integration "${subject.integration}": ${summary.replace(/[.\s]+$/, '')}.${said}`;
}

function versionOf({ externalApi, version }: GateSubject): string {
  return `External API "${externalApi}" version ${version}`;
}

function howToTest({ externalApi, integration, version }: GateSubject): string {
  return `Give testValues, or put a test person's values into a file and test it first: brazier external-api test ${externalApi} --integration ${integration} --version ${version} --values values.json`;
}

/** Braze says what is wrong in `message`; the rest of a body may repeat what was sent. */
function wordsOf(body: unknown): string {
  const message =
    typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
      ? body.message
      : '';
  return message === '' ? '' : `: ${message.slice(0, 300)}`;
}
