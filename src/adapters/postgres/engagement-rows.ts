import {
  type Engagement,
  type EngagementChangeRecord,
  type EngagementStatus,
} from '../../contract/engagement';
import { type EngagementKey } from '../../contract/engagement-calls';
import { type EngagementChange } from '../../domain/stream/log-entry';
import { type EngagementState } from '../../domain/stream/vocabulary';
import { type Queries } from './database';

/** An engagement as it is kept, with what its transactions go by. */
export interface KeptEngagement {
  engagement: Engagement;
  /** Raised by one by every change, and by every other draft. */
  revision: number;
  activatedAt?: string | undefined;
}

interface EngagementRow {
  state: EngagementState;
  definition: Omit<Engagement, 'state'>;
  revision: string;
  activated_at: Date | null;
}

interface ChangeRow {
  change: EngagementChange;
  made_by: string;
  made_at: Date;
  revision: string;
}

/** So many of its changes an engagement tells. */
const CHANGES_TOLD = 20;

/** Reads one; `lock` keeps others from changing it until the transaction ends. */
export async function readEngagement(
  queries: Queries,
  { integration, name }: EngagementKey,
  lock: 'lock' | 'read' = 'read',
): Promise<KeptEngagement | undefined> {
  const [row] = await queries.query<EngagementRow>(
    `SELECT state, definition, revision, activated_at FROM brazier.engagement
     WHERE integration = $1 AND name = $2 ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
    [integration, name],
  );
  return row && keptOf(row);
}

/** All of an integration, by name. */
export async function listEngagements(queries: Queries, integration: string): Promise<KeptEngagement[]> {
  const rows = await queries.query<EngagementRow>(
    `SELECT state, definition, revision, activated_at FROM brazier.engagement WHERE integration = $1 ORDER BY name`,
    [integration],
  );
  return rows.map(keptOf);
}

function keptOf({ state, definition, revision, activated_at }: EngagementRow): KeptEngagement {
  return {
    engagement: { ...definition, state },
    revision: Number(revision),
    activatedAt: activated_at?.toISOString(),
  };
}

/** Makes the row, as a draft. */
export async function insertDraft(queries: Queries, engagement: Engagement): Promise<boolean> {
  const { integration, name } = engagement;
  const made = await queries.execute(
    `INSERT INTO brazier.engagement (integration, name, state, definition) VALUES ($1, $2, 'draft', $3::jsonb)
     ON CONFLICT DO NOTHING`,
    [integration, name, definitionText(engagement)],
  );
  return made === 1;
}

/** Writes what a change has made of it. */
export async function updateEngagement(
  queries: Queries,
  { engagement, revision }: KeptEngagement,
): Promise<void> {
  const { integration, name, state } = engagement;
  await queries.execute(
    `UPDATE brazier.engagement SET state = $3, definition = $4::jsonb, revision = $5, updated_at = now(),
       activated_at = CASE WHEN $3 = 'active' THEN coalesce(activated_at, now()) ELSE activated_at END
     WHERE integration = $1 AND name = $2`,
    [integration, name, state, definitionText(engagement), revision],
  );
}

function definitionText({ state: _state, ...definition }: Engagement): string {
  return JSON.stringify(definition);
}

/** What was done to it, newest last. */
export async function readChanges(
  queries: Queries,
  { integration, name }: EngagementKey,
): Promise<EngagementChangeRecord[]> {
  const rows = await queries.query<ChangeRow>(
    `SELECT change, made_by, made_at, revision FROM brazier.engagement_change
     WHERE integration = $1 AND name = $2 ORDER BY revision DESC LIMIT ${CHANGES_TOLD}`,
    [integration, name],
  );
  return rows.reverse().map(({ change, made_by: by, made_at: at, revision }) => ({
    change,
    by,
    at: at.toISOString(),
    revision: Number(revision),
  }));
}

/** How it is told to whoever asks, without its counts. */
export function statusOf(kept: KeptEngagement, changes: EngagementChangeRecord[]): EngagementStatus {
  const { engagement, revision, activatedAt } = kept;
  const { segment, action, exitAction } = engagement;
  return {
    integration: engagement.integration,
    name: engagement.name,
    state: engagement.state,
    revision,
    goal: engagement.goal,
    segment: { name: segment.name, version: segment.version },
    action: { externalApi: action.externalApi, version: action.version },
    exitAction: exitAction && { externalApi: exitAction.externalApi, version: exitAction.version },
    frequency: engagement.frequency,
    onUnknown: engagement.onUnknown,
    onResume: engagement.onResume,
    activatedAt,
    changes,
  };
}
