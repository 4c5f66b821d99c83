import { CALL_PATHS } from '../domain/stream/call-paths';
import { createTemplateEngine } from '../adapters/liquid/engine';
import { type Database, type Queries, Refusal } from '../adapters/postgres/database';
import { readEngagement } from '../adapters/postgres/engagement-rows';
import { readExternalApi } from '../adapters/postgres/external-apis';
import { findProfile } from '../adapters/postgres/profile-lookup';
import { readSegment } from '../adapters/postgres/segments';
import { type CheckedEngagement, type EngagementAction } from '../contract/engagement';
import { type EngagementKey } from '../contract/engagement-calls';
import { type CallPreview, type EngagementPreview } from '../contract/engagement-preview';
import { fault, success, type Outcome } from '../contract/errors';
import { type ExternalApiDefinition } from '../contract/external-api';
import { readEvents } from '../contract/schemas/capture';
import { checkMapping } from '../contract/schemas/engagement-mapping';
import { createDateFormatter } from '../domain/stream/date-format';
import { mapParameters } from '../domain/stream/parameter-values';
import { ownValue } from '../domain/stream/plain-map';
import { type PersonPreview, previewPerson } from '../domain/stream/preview-person';
import { emptyState } from '../domain/stream/profile-state';
import { compileExternalApi, renderCall } from '../domain/stream/render-call';
import { stepNotMade } from '../domain/stream/step';
import { type EngagementRules } from '../domain/stream/transition';
import { type CapturedEvent, type Identifiers, type ProfileState } from '../domain/stream/vocabulary';
import { hash } from './stream-calls';

/** The event that a preview is worked out with: the last one of a name, which has happened, or one that has not. */
export type PreviewEvent = { last: string } | { posted: unknown };

/** Which engagement is tried on whom. */
export interface EngagementPreviewRequest {
  /** A saved one, or one that need not be saved. */
  engagement: EngagementKey | CheckedEngagement;
  person: Identifiers;
  event?: PreviewEvent | undefined;
  nowMs: number;
}

/** One call with the definition that it is made from. */
interface PreviewedCall {
  role: CallPreview['role'];
  definition: ExternalApiDefinition;
  version?: number | undefined;
  parameters: EngagementAction['parameters'];
}

/** An engagement with everything that a preview needs of it. */
interface PreviewedEngagement {
  rules: EngagementRules;
  segment: { name: string; version?: number | undefined };
  calls: PreviewedCall[];
}

/**
 * Tries an engagement on a real profile: what would happen, and the calls with their values. Reads PostgreSQL and writes
 * nothing; neither Temporal nor Braze hears of it.
 */
export async function previewEngagement(
  database: Database,
  request: EngagementPreviewRequest,
): Promise<Outcome<EngagementPreview>> {
  const { engagement, person, nowMs } = request;
  const { integration } = engagement;
  const read = await database.run((queries) => readPreviewed(queries, engagement));
  if (!read.ok) return read;
  const found = await findProfile(database, integration, person);
  if (!found.ok) return found;
  const { profileId, state = emptyState(profileId, nowMs) } = found.value;
  const event = readEvent(state, request);
  if (!event.ok) return event;
  const { rules, segment, calls } = read.value;
  const isNew = request.event !== undefined && 'posted' in request.event;
  const preview = previewPerson(state, rules, nowMs, isNew ? event.value : undefined);
  const made = calls.map((call) => previewCall(call, preview, event.value, nowMs));
  return success({
    integration,
    engagement: engagement.name,
    state: rules.state,
    profileId,
    at: isoTime(nowMs),
    ...(event.value && { event: { name: event.value.name, at: isoTime(event.value.at) } }),
    segment: { ...segment, fits: preview.fits, ...turn(preview) },
    membership: membershipOf(rules, preview, made),
    outcome: {
      calls: preview.calls.map(({ action }) => action),
      noCall: preview.noCall,
      sentence: preview.sentence,
    },
    calls: made,
  });
}

async function readPreviewed(
  queries: Queries,
  engagement: EngagementPreviewRequest['engagement'],
): Promise<PreviewedEngagement> {
  if ('action' in engagement) return readUnsaved(queries, engagement);
  const kept = await readEngagement(queries, engagement);
  const { integration, name } = engagement;
  if (kept === undefined)
    throw new Refusal('ENGAGEMENT_UNKNOWN', `integration "${integration}" has no engagement "${name}"`);
  const { segment, action, exitAction } = kept.engagement;
  return {
    rules: kept.engagement,
    segment: { name: segment.name, version: segment.version },
    calls: await readCalls(queries, action, exitAction),
  };
}

async function readUnsaved(queries: Queries, checked: CheckedEngagement): Promise<PreviewedEngagement> {
  const { integration, segment, action, exitAction } = checked;
  const read =
    typeof segment === 'string'
      ? await readSegment(queries, integration, segment)
      : { ...segment, version: undefined };
  const { name, version } = read;
  return {
    rules: { ...checked, state: 'draft', segment: { condition: read.condition } },
    segment: { name, version },
    calls: await readCalls(queries, action, exitAction),
  };
}

async function readCalls(
  queries: Queries,
  action: EngagementAction,
  exitAction: EngagementAction | undefined,
): Promise<PreviewedCall[]> {
  const entry = await readCall(queries, 'entry', action);
  return exitAction === undefined ? [entry] : [entry, await readCall(queries, 'exit', exitAction)];
}

async function readCall(
  queries: Queries,
  role: CallPreview['role'],
  { externalApi, version, parameters }: EngagementAction,
): Promise<PreviewedCall> {
  const saved =
    typeof externalApi === 'string'
      ? await readExternalApi(queries, externalApi, version)
      : { definition: externalApi, version: undefined };
  const { definition } = saved;
  const api = { name: definition.name, version: saved.version ?? 0, parameters: definition.parameters };
  const mapped = checkMapping(role === 'entry' ? 'action' : 'exitAction', api, parameters);
  if (!mapped.ok) throw Refusal.of(mapped.fault);
  return { role, definition, version: saved.version, parameters };
}

function previewCall(
  { role, definition, version, parameters }: PreviewedCall,
  { state, membership, calls }: PersonPreview,
  event: CapturedEvent | undefined,
  nowMs: number,
): CallPreview {
  const planned = calls.find(({ action }) => action === role);
  const enteredAtMs = planned?.enteredAtMs ?? (membership.inside ? membership.since : nowMs);
  const named = { role, externalApi: definition.name, ...(version === undefined ? {} : { version }) };
  const made = compileExternalApi(definition, createTemplateEngine());
  if (!made.ok) return { ...named, refusal: { code: 'INPUT_INVALID', message: 'the definition is none' } };
  const told = planned?.owed === undefined ? event : planned.owed.event;
  const context = { state, event: told, enteredAtMs, hash, formatDate: createDateFormatter() };
  const mapped = mapParameters(parameters, context);
  if (!mapped.ok) return { ...named, refusal: { code: mapped.code, message: mapped.message } };
  const { values } = mapped;
  const rendered = renderCall(made.value, values);
  if (!rendered.ok) return { ...named, values, refusal: { code: rendered.code, message: rendered.message } };
  return {
    ...named,
    values,
    request: { method: 'POST', path: CALL_PATHS[definition.endpoint], body: rendered.body },
  };
}

function readEvent(
  state: ProfileState,
  { event, nowMs }: EngagementPreviewRequest,
): Outcome<CapturedEvent | undefined> {
  if (event === undefined) return success(undefined);
  if ('posted' in event) return readPosted(event.posted, nowMs);
  const history = ownValue(state.events, event.last);
  if (history === undefined)
    return fault('INPUT_INVALID', `The person has no event "${event.last}": give one with an event file.`);
  const { lastAt: at, last: properties = {} } = history;
  return success({ id: 'preview', name: event.last, at, identifiers: {}, properties, traits: {} });
}

/** Held against the same rules as a posted one; whom it names does not matter, it is taken as the person's. */
function readPosted(posted: unknown, nowMs: number): Outcome<CapturedEvent> {
  if (typeof posted !== 'object' || posted === null || Array.isArray(posted))
    return fault('INPUT_INVALID', 'The event must be one JSON object, as it would be posted.');
  const read = readEvents({ identifiers: { anonymousId: 'x' }, id: 'preview', ...posted }, { nowMs });
  if (!read.ok) return read;
  const [event] = read.value.events;
  if (event === undefined || read.value.events.length > 1)
    return fault(
      'INPUT_INVALID',
      `The event cannot be taken: ${read.value.refused[0]?.problem ?? 'one is needed.'}`,
    );
  // The reading has just written this text from a captured event without its identifiers.
  const entry = JSON.parse(event.rest) as Omit<CapturedEvent, 'identifiers'>;
  return success({ ...entry, identifiers: {} });
}

/** As it would be kept: a call that cannot be made does not count as sent. */
function membershipOf(
  { name }: EngagementRules,
  { state, membership, calls }: PersonPreview,
  made: readonly CallPreview[],
): EngagementPreview['membership'] {
  const refused = made.filter(({ refusal }) => refusal !== undefined).map(({ role }) => role);
  const unmade = calls.filter(({ action }) => refused.includes(action));
  const after = unmade.reduce((person, planned) => stepNotMade(person, planned), state);
  const { inside, since, entries, sent } = ownValue(after.memberships, name) ?? membership;
  return { inside, entries, sent, ...(since === 0 ? {} : { since: isoTime(since) }) };
}

function turn({ turnsAtMs }: PersonPreview): { turnsAt?: string } {
  // ISO 8601 of JavaScript ends at this moment. https://tc39.es/ecma262/#sec-time-values-and-time-range (read 2026-11-22)
  return turnsAtMs === undefined || turnsAtMs > 8.64e15 ? {} : { turnsAt: isoTime(turnsAtMs) };
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
