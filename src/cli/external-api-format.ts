import { type ExternalApiVersion, type TestExternalApiResult, type Verdict } from '../contract/external-api';
import { formatFacts, formatTable } from './table';

/** A version for people: what it calls, with what, and what tests of it have shown. */
export function formatApi(
  { version, definition, savedAt }: ExternalApiVersion,
  verdicts: readonly Verdict[],
): string[] {
  const { name, description, channel, channelIdentifier, endpoint, payload, parameters } = definition;
  const facts = formatFacts([
    ['External API', name],
    ['version', `${version}, saved ${savedAt}`],
    ['description', description],
    ['channel', channelIdentifier === undefined ? channel : `${channel} (${channelIdentifier})`],
    ['endpoint', endpoint],
  ]);
  const table = formatTable(
    [
      { title: 'PARAMETER', of: ([parameter]) => parameter },
      { title: 'TYPE', of: ([, { type }]) => type },
      { title: 'REQUIRED', of: ([, { required }]) => (required ? 'yes' : 'no') },
      { title: 'DEFAULT', of: ([, { default: byDefault }]) => JSON.stringify(byDefault) },
      {
        title: 'FILLED BY',
        of: ([, { secret, perEngagement }]) => secret ?? (perEngagement ? 'the engagement' : 'each person'),
      },
    ],
    Object.entries(parameters),
  );
  const tests = verdicts.map(
    ({ passed, integration, keyFingerprint, proof, testedAt, reason }) =>
      `${passed ? '✓' : '✗'} ${integration}, key ${keyFingerprint}, ${testedAt}: ${passed ? (proof === 'readBack' ? 'read back' : 'by its answer alone') : (reason ?? 'failed')}`,
  );
  const untested = ['Not tested yet: brazier external-api test --help'];
  return [
    ...facts,
    '',
    ...table,
    '',
    JSON.stringify(payload, null, 2),
    '',
    ...(tests.length === 0 ? untested : tests),
  ];
}

/** A test for people: the request, Braze's answer, what the profile showed, what was put back. */
export function formatApiTest(result: TestExternalApiResult): string[] {
  const { request, answer, seen, notCompared, cleanUp, summary, waitedSeconds } = result;
  const values = seen.map(
    ({ name, before, expected, after, arrived }) =>
      `${arrived ? '✓' : '✗'} ${name}: ${JSON.stringify(before)} → ${JSON.stringify(after)}${arrived ? '' : `, expected ${JSON.stringify(expected)}`}`,
  );
  return [
    `${request.method} ${request.path}`,
    JSON.stringify(request.body, null, 2),
    answer === undefined
      ? 'Braze gave no answer.'
      : `Braze answered ${answer.status}: ${JSON.stringify(answer.body)}`,
    ...(seen.length === 0 ? [] : [`The profile after ${waitedSeconds} s:`]),
    ...values,
    ...notCompared.map((sentence) => `– not compared: ${sentence}`),
    ...cleanUp.restored.map((name) => `put back: ${name}`),
    ...cleanUp.cannotUndo.map((sentence) => `cannot be undone: ${sentence}`),
    '',
    summary,
  ];
}
