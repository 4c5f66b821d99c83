import {
  type ActionPin,
  type CheckedEngagement,
  type Engagement,
  type EngagementAction,
} from '../../contract/engagement';
import { type SavedEngagement } from '../../contract/engagement-calls';
import { type ExternalApiDefinition } from '../../contract/external-api';
import { checkMapping } from '../../contract/schemas/engagement-mapping';
import { canonicalText } from '../../domain/canonical-text';
import { changeProblem } from '../../domain/stream/engagement-rules';
import { isAlwaysRepeatable } from '../../domain/stream/repeatable';
import { type Queries, Refusal } from './database';
import { type KeyFingerprint, verdictsOn } from './engagement-gate';
import { insertDraft, readEngagement, updateEngagement } from './engagement-rows';
import { readExternalApi, saveExternalApi } from './external-apis';
import { readSegment, saveSegment } from './segments';

/** One call of a draft, with the definition that it is pinned to. */
interface PinnedAction {
  pin: ActionPin;
  definition: ExternalApiDefinition;
}

/**
 * Saves what an activation brings, inside of one transaction: External APIs, the segment, and the engagement as a draft with
 * every version fixed. The same again changes nothing; another draft takes the place of the one before and raises the
 * revision; what is no draft any more is refused.
 */
export async function saveDraft(
  queries: Queries,
  checked: CheckedEngagement,
  keyFingerprint: KeyFingerprint,
): Promise<SavedEngagement> {
  const draft = await pinDraft(queries, checked);
  const { integration, name } = draft;
  const revision = await keepDraft(queries, draft);
  const { segment } = draft;
  return {
    integration,
    name,
    revision,
    segment: { name: segment.name, version: segment.version },
    actions: await verdictsOn(queries, draft, keyFingerprint),
  };
}

/** What saving a draft would come to, found out by the very statements that save it, and undone. */
export async function tryDraft(
  queries: Queries,
  checked: CheckedEngagement,
  keyFingerprint: KeyFingerprint,
): Promise<SavedEngagement> {
  await queries.execute('SAVEPOINT tried');
  const saved = await saveDraft(queries, checked, keyFingerprint);
  await queries.execute('ROLLBACK TO SAVEPOINT tried');
  return saved;
}

async function keepDraft(queries: Queries, draft: Engagement): Promise<number> {
  if (await insertDraft(queries, draft)) return 1;
  const kept = await readEngagement(queries, draft, 'lock');
  if (kept === undefined) throw new Error('invariant: an engagement is never deleted');
  const problem = changeProblem(draft.name, kept.engagement.state, 'activate');
  if (problem !== undefined) throw new Refusal('ENGAGEMENT_STATE', problem);
  if (canonicalText(kept.engagement) === canonicalText(draft)) return kept.revision;
  const revision = kept.revision + 1;
  await updateEngagement(queries, { engagement: draft, revision });
  return revision;
}

async function pinDraft(queries: Queries, checked: CheckedEngagement): Promise<Engagement> {
  const { integration, name, description, goal, frequency, includeCurrent, onResume } = checked;
  const by = checked.activatedBy;
  const action = await pinAction(queries, 'action', checked.action, by);
  const exitAction = checked.exitAction && (await pinAction(queries, 'exitAction', checked.exitAction, by));
  const segment =
    typeof checked.segment === 'string'
      ? await readSegment(queries, integration, checked.segment)
      : await saveSegment(queries, { integration, ...checked.segment }, by);
  const calls = [action, ...(exitAction === undefined ? [] : [exitAction])];
  const onUnknown =
    checked.onUnknown ??
    (calls.every(({ definition }) => isAlwaysRepeatable(definition)) ? 'resend' : 'hold');
  return {
    ...{ integration, name, description, goal, state: 'draft' },
    segment: { name: segment.name, version: segment.version, condition: segment.condition },
    action: action.pin,
    exitAction: exitAction?.pin,
    ...{ frequency, includeCurrent, onUnknown, onResume },
  };
}

async function pinAction(
  queries: Queries,
  path: string,
  { externalApi, version, parameters }: EngagementAction,
  by: string,
): Promise<PinnedAction> {
  const saved =
    typeof externalApi === 'string'
      ? await readExternalApi(queries, externalApi, version)
      : await saveExternalApi(queries, externalApi, by);
  const { definition } = saved;
  const api = { name: definition.name, version: saved.version, parameters: definition.parameters };
  const mapped = checkMapping(path, api, parameters);
  if (!mapped.ok) throw Refusal.of(mapped.fault);
  return { pin: { externalApi: definition.name, version: saved.version, parameters }, definition };
}
