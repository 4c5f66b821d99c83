import { type CallPreview, type EngagementPreview } from '../contract/engagement-preview';
import { formatFacts } from './table';

/** A preview, for the one who asked at the terminal. */
export function formatEngagementPreview(preview: EngagementPreview): string[] {
  const { integration, engagement, state, profileId, event, segment, membership, outcome, calls } = preview;
  const version = segment.version === undefined ? '' : ` v${segment.version}`;
  return [
    ...formatFacts([
      ['engagement', `${engagement} of ${integration} (${state})`],
      ['profile', profileId],
      ['event', event && `${event.name ?? 'traits alone'} at ${event.at}`],
      ['segment', `${segment.name}${version}: ${segment.fits ? 'fits' : 'does not fit'}`],
      ['by time alone', segment.turnsAt && `turns at ${segment.turnsAt}`],
      ['inside', membership.inside ? `since ${membership.since ?? 'the beginning'}` : 'no'],
      ['entered, sent', `${membership.entries}, ${membership.sent}`],
      ['what happens', outcome.sentence],
    ]),
    ...calls.flatMap((call) => ['', ...callLines(call)]),
  ];
}

function callLines({ role, externalApi, version, values, request, refusal }: CallPreview): string[] {
  const by = version === undefined ? externalApi : `${externalApi} v${version}`;
  const shown = Object.entries(values ?? {}).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return [
    `call on ${role}: ${by}`,
    ...formatFacts(shown).map((line) => `  ${line}`),
    ...(request ? [`${request.method} ${request.path}`, JSON.stringify(request.body, null, 2)] : []),
    ...(refusal ? [`It would be refused (${refusal.code}): ${refusal.message}`] : []),
  ];
}
