import { holdsSlot, type AudienceState, type IntegrationState } from './integration-state';

/** Markdown of an integration for Temporal's current details. */
export function describeIntegration(
  state: IntegrationState<{ name: string; braze: { endpoint: string } }>,
): string {
  const audiences = Object.values(state.audiences);
  const slots = new Map<string, number>();
  for (const audience of audiences.filter(holdsSlot)) {
    slots.set(audience.attribute, (slots.get(audience.attribute) ?? 0) + 1);
  }
  const used = [...slots].map(([attribute, count]) => `- \`${attribute}\`: ${count} audience values in use`);
  return [
    `**${state.settings.name}** writes to ${state.settings.braze.endpoint}`,
    ...(used.length > 0 ? used : ['- no audience value in use yet']),
    '',
    ...audiences.map(describeAudience),
  ].join('\n');
}

function describeAudience(audience: AudienceState): string {
  const members = audience.ledger ? `${audience.ledger.members} members` : 'no members yet';
  const last = audience.lastOutcome ? `, last run: ${audience.lastOutcome.outcome}` : '';
  return `- ${audience.audience} (\`${audience.attribute}\`): ${members}, generation ${audience.generation}${last}`;
}
