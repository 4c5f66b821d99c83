import {
  type ActionPin,
  type Engagement,
  type EngagementStatus,
  type UpgradeRequest,
} from '../../contract/engagement';
import { type ChangeEngagementCall } from '../../contract/engagement-calls';
import { changeProblem, stateAfter } from '../../domain/stream/engagement-rules';
import { isAlwaysRepeatable } from '../../domain/stream/repeatable';
import { type Queries, Refusal } from './database';
import { type KeyFingerprint, passGate } from './engagement-gate';
import {
  type KeptEngagement,
  readChanges,
  readEngagement,
  statusOf,
  updateEngagement,
} from './engagement-rows';
import { readExternalApi } from './external-apis';
import { readSegment } from './segments';
import { lockIntake } from './intake-lock';
import { appendControl, type ControlPlaces } from './log-append';
import { makeStream } from './make-stream';

/** What a change goes by besides what was asked. */
export interface ChangeOptions {
  /** Given for changes that have to pass the gate. */
  keyFingerprint: KeyFingerprint | undefined;
  /** Shards of the stream, where this change is the first that is heard of it. */
  shards: number;
}

/** Whether an engagement calls, after a change, what it did not call before it. */
export function needsGate({ change }: Pick<ChangeEngagementCall, 'change'>): boolean {
  return change === 'activate' || change === 'resume' || change === 'upgrade';
}

/**
 * Makes one change of an engagement, inside of one transaction that holds the intake's lock: judged by its state and by the
 * latest tests of what it would call, written, and told to every shard by an entry of its log. Asked again with the same
 * token it changes nothing and answers how the engagement stands.
 */
export async function changeEngagement(
  queries: Queries,
  call: ChangeEngagementCall,
  { keyFingerprint, shards }: ChangeOptions,
): Promise<EngagementStatus> {
  const { integration, name, change } = call;
  await lockIntake(queries, integration);
  const kept = await readEngagement(queries, call, 'lock');
  if (kept === undefined)
    throw new Refusal('ENGAGEMENT_UNKNOWN', `Integration "${integration}" has no engagement "${name}".`);
  if (await wasMade(queries, call)) return statusOf(kept, await readChanges(queries, call));
  const problem = changeProblem(name, kept.engagement.state, change) ?? draftProblem(call, kept);
  if (problem !== undefined) throw new Refusal('ENGAGEMENT_STATE', problem);
  const wanted: Engagement = {
    ...(await upgraded(queries, kept.engagement, call)),
    state: stateAfter(kept.engagement.state, change),
  };
  if (needsGate(call)) {
    if (keyFingerprint === undefined) throw new Error('invariant: the gate needs the key that is used now');
    await passGate(queries, wanted, keyFingerprint);
  }
  const engagement = change === 'upgrade' ? await held(queries, kept.engagement, wanted) : wanted;
  const after: KeptEngagement = { engagement, revision: kept.revision + 1 };
  await updateEngagement(queries, after);
  await tellShards(queries, call, after, kept.engagement.state === 'draft' && change === 'stop', shards);
  const written = await readEngagement(queries, call);
  return statusOf(written ?? after, await readChanges(queries, call));
}

async function wasMade(
  queries: Queries,
  { integration, name, token }: ChangeEngagementCall,
): Promise<boolean> {
  const made = await queries.query(
    'SELECT FROM brazier.engagement_change WHERE integration = $1 AND name = $2 AND token = $3',
    [integration, name, token],
  );
  return made.length > 0;
}

function draftProblem(
  { name, change, request }: ChangeEngagementCall,
  kept: KeptEngagement,
): string | undefined {
  const asked = change === 'activate' && 'revision' in request ? request.revision : undefined;
  if (asked === undefined || asked === kept.revision) return undefined;
  return `engagement "${name}" was saved anew meanwhile (revision ${kept.revision}, not ${asked}). Look at the draft and activate it again.`;
}

async function upgraded(
  queries: Queries,
  engagement: Engagement,
  { change, request }: ChangeEngagementCall,
): Promise<Engagement> {
  if (change !== 'upgrade') return engagement;
  const { version, exitVersion, segmentVersion }: UpgradeRequest = request;
  const { action, exitAction, segment } = engagement;
  if (exitVersion !== undefined && exitAction === undefined)
    throw new Refusal(
      'INPUT_INVALID',
      `engagement "${engagement.name}" calls nothing on exit. exitVersion: leave it out.`,
    );
  const saved =
    segmentVersion === undefined
      ? segment
      : await readSegment(queries, engagement.integration, segment.name, segmentVersion);
  return {
    ...engagement,
    segment: { name: saved.name, version: saved.version, condition: saved.condition },
    action: withVersion(action, version),
    exitAction: exitAction && withVersion(exitAction, exitVersion),
  };
}

/**
 * While every call could be repeated, `resend` said nothing: it is no decision about versions whose calls would be had twice, so
 * these are held.
 */
async function held(queries: Queries, before: Engagement, after: Engagement): Promise<Engagement> {
  if (after.onUnknown === 'hold' || !(await isRepeatable(queries, before))) return after;
  return (await isRepeatable(queries, after)) ? after : { ...after, onUnknown: 'hold' };
}

async function isRepeatable(queries: Queries, { action, exitAction }: Engagement): Promise<boolean> {
  for (const pin of exitAction === undefined ? [action] : [action, exitAction]) {
    const { definition } = await readExternalApi(queries, pin.externalApi, pin.version);
    if (!isAlwaysRepeatable(definition)) return false;
  }
  return true;
}

function withVersion(pin: ActionPin, version: number | undefined): ActionPin {
  return version === undefined ? pin : { ...pin, version };
}

/** A draft that is given up was never known to any shard. */
async function tellShards(
  queries: Queries,
  { integration, name, change, request, token }: ChangeEngagementCall,
  { engagement, revision }: KeptEngagement,
  isUnknownToShards: boolean,
  shards: number,
): Promise<void> {
  let places: ControlPlaces | undefined;
  if (!isUnknownToShards) {
    await makeStream(queries, integration, shards);
    const entry = { engagement: name, change, revision, definition: engagement };
    places = await appendControl(queries, integration, entry);
  }
  await queries.execute(
    `INSERT INTO brazier.engagement_change (integration, name, revision, change, made_by, token, places)
     VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)`,
    [
      integration,
      name,
      revision,
      change,
      request.by,
      token,
      places === undefined ? null : JSON.stringify(places),
    ],
  );
}
