import { type ActionPin, type Engagement } from '../../contract/engagement';
import { type SavedAction } from '../../contract/engagement-calls';
import { checkMapping } from '../../contract/schemas/engagement-mapping';
import { failingSentence, untestedSentence } from '../../domain/stream/api-gate';
import { type Queries, Refusal } from './database';
import { readExternalApi } from './external-apis';
import { latestVerdict } from './verdicts';

/** Which REST key an integration has now: the first 16 hex digits of SHA-256 over it. */
export type KeyFingerprint = string;

/** The calls of an engagement, each with its role. */
export function actionsOf({
  action,
  exitAction,
}: Engagement): { role: SavedAction['role']; pin: ActionPin }[] {
  return [
    { role: 'entry' as const, pin: action },
    ...(exitAction === undefined ? [] : [{ role: 'exit' as const, pin: exitAction }]),
  ];
}

/** How each call's version stands on its integration with that key. */
export async function verdictsOn(
  queries: Queries,
  engagement: Engagement,
  keyFingerprint: KeyFingerprint,
): Promise<SavedAction[]> {
  const actions: SavedAction[] = [];
  for (const { role, pin } of actionsOf(engagement)) {
    const { externalApi, version } = pin;
    const { integration } = engagement;
    const found = await latestVerdict(queries, { externalApi, version, integration, keyFingerprint });
    actions.push({
      role,
      externalApi,
      version,
      verdict: found === undefined ? 'none' : found.passed ? 'passed' : 'failed',
      proof: found?.proof,
      reason: found?.reason,
    });
  }
  return actions;
}

/**
 * Refuses unless every version that the engagement calls has passed its latest test, on this integration and with the key
 * that it has now, and each is given the parameters that it needs.
 */
export async function passGate(
  queries: Queries,
  engagement: Engagement,
  keyFingerprint: KeyFingerprint,
): Promise<void> {
  for (const { role, pin } of actionsOf(engagement)) {
    const { definition, version } = await readExternalApi(queries, pin.externalApi, pin.version);
    const { name, parameters } = definition;
    const path = role === 'entry' ? 'action' : 'exitAction';
    const mapped = checkMapping(path, { name, version, parameters }, pin.parameters);
    if (!mapped.ok) throw Refusal.of(mapped.fault);
  }
  for (const { externalApi, version, verdict, reason } of await verdictsOn(
    queries,
    engagement,
    keyFingerprint,
  )) {
    const subject = { integration: engagement.integration, externalApi, version };
    if (verdict === 'none') throw new Refusal('EXTERNAL_API_UNTESTED', untestedSentence(subject));
    if (verdict === 'failed') throw new Refusal('EXTERNAL_API_FAILING', failingSentence(subject, reason));
  }
}
