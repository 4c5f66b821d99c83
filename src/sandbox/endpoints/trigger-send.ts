import { type Delivery } from '../delivery-log';
import { type BrazeReply, type Endpoint, failure } from '../endpoint';
import { isJsonObject, type JsonObject } from '../json-values';
import { type Identity, readAlias, readIdentity } from '../profiles/identity';
import { checkObject } from '../track/check-objects';
import { type TrackWrites } from '../track/track-writes';
import { type Workspace } from '../workspace';

const MAX_RECIPIENTS = 50;
const MAX_PROPERTIES_BYTES = 50 * 1024;

/** What a Canvas and a campaign call differently. */
interface TriggerKind {
  kind: Delivery['kind'];
  idField: 'canvas_id' | 'campaign_id';
  /** The first one that is given holds the properties. */
  propertyFields: readonly string[];
  unknownId: string;
  known: (workspace: Workspace) => readonly string[];
}

interface Trigger {
  id: string;
  properties: JsonObject;
  recipients: readonly JsonObject[];
}

/**
 * POST /canvas/trigger/send: starts a Canvas for up to 50 people
 * (https://www.braze.com/docs/api/endpoints/messaging/send_messages/post_send_triggered_canvases/, read 2026-11-22).
 */
export const canvasTriggerSend = triggerEndpoint('/canvas/trigger/send', 'canvas.trigger.send', {
  kind: 'canvas',
  idField: 'canvas_id',
  propertyFields: ['context', 'canvas_entry_properties'],
  unknownId: 'Invalid Canvas ID',
  known: ({ settings }) => settings.canvases,
});

/**
 * POST /campaigns/trigger/send: sends a campaign to up to 50 people
 * (https://www.braze.com/docs/api/endpoints/messaging/send_messages/post_send_triggered_campaigns/, read 2026-11-22).
 */
export const campaignsTriggerSend = triggerEndpoint('/campaigns/trigger/send', 'campaigns.trigger.send', {
  kind: 'campaign',
  idField: 'campaign_id',
  propertyFields: ['trigger_properties'],
  unknownId: 'Invalid Campaign ID',
  known: ({ settings }) => settings.campaigns,
});

function triggerEndpoint(path: string, scope: string, kind: TriggerKind): Endpoint {
  return {
    method: 'POST',
    path,
    scope,
    limits: ({ triggers }) => [{ name: 'triggers', ...triggers }],
    handle: (workspace, request) => {
      const body = request.json();
      if (!body.ok || !isJsonObject(body.value)) return failure(400, 'Invalid JSON in request body');
      const trigger = readTrigger(workspace, kind, body.value);
      return 'status' in trigger ? trigger : accept(workspace, kind, trigger);
    },
  };
}

/** One recipient that can't be read refuses the whole request: no message goes to anybody. */
function readTrigger(workspace: Workspace, kind: TriggerKind, body: JsonObject): Trigger | BrazeReply {
  const { [kind.idField]: id, recipients = [], broadcast } = body;
  if (typeof id !== 'string' || id === '') return failure(400, `'${kind.idField}' is required`);
  if (!kind.known(workspace).includes(id)) return failure(400, kind.unknownId);
  if (!Array.isArray(recipients)) return failure(400, "'recipients' must be an array");
  const items: readonly unknown[] = recipients;
  if (items.length > MAX_RECIPIENTS) return failure(400, 'The max number of ids per request was exceeded');
  if (items.length > 0 === (broadcast === true)) {
    return failure(400, items.length > 0 ? "'broadcast' forbids 'recipients'" : 'No Recipients');
  }
  const properties = propertiesOf(body, kind);
  if (properties === undefined)
    return failure(400, `'${kind.propertyFields.join("' or '")}' must be an object`);
  const read: JsonObject[] = [];
  for (const item of items) {
    const problem = recipientProblem(item, kind);
    if (problem !== undefined) return failure(400, problem);
    if (isJsonObject(item)) read.push(item);
  }
  return { id, properties, recipients: read };
}

function recipientProblem(item: unknown, kind: TriggerKind): string | undefined {
  if (!isJsonObject(item)) return 'Each recipient must be an object';
  const { external_user_id: externalId, user_alias: alias, email, attributes } = item;
  const named = [externalId, alias, email].filter((value) => value != null);
  if (named.length !== 1 || identityOf(item) === undefined) {
    return "Each recipient must have one of 'external_user_id', 'user_alias' or 'email'";
  }
  if (email != null && !Array.isArray(item['prioritization']))
    return "'prioritization' is required with 'email'";
  if (propertiesOf(item, kind) === undefined)
    return `'${kind.propertyFields.join("' or '")}' must be an object`;
  if (attributes == null) return undefined;
  if (!isJsonObject(attributes)) return "'attributes' must be an object";
  return checkObject('attributes', { ...attributes, external_id: 'any' }, [])?.sentence;
}

function propertiesOf(record: JsonObject, { propertyFields }: TriggerKind): JsonObject | undefined {
  const given =
    propertyFields.map((name) => record[name]).find((value) => value != null && value !== '') ?? {};
  if (!isJsonObject(given)) return undefined;
  return Buffer.byteLength(JSON.stringify(given)) <= MAX_PROPERTIES_BYTES ? given : undefined;
}

function identityOf({ external_user_id, user_alias, email }: JsonObject): Identity | undefined {
  return readIdentity({ external_id: external_user_id, user_alias, email });
}

/** Attributes are written first, and then the messages go out. */
function accept(workspace: Workspace, kind: TriggerKind, trigger: Trigger): BrazeReply {
  const dispatchId = workspace.nextDispatchId();
  const writes: TrackWrites = {
    attributes: trigger.recipients.flatMap(attributesOf),
    events: [],
    purchases: [],
  };
  const answered = workspace.accept(writes, () => deliver(workspace, kind, trigger, dispatchId));
  return { status: 201, body: { dispatch_id: dispatchId, message: 'success' }, answered };
}

function attributesOf(recipient: JsonObject): JsonObject[] {
  const { attributes, external_user_id: externalId, user_alias: userAlias, email } = recipient;
  const createsToo = recipient['send_to_existing_only'] === false && readAlias(userAlias) === undefined;
  if (!isJsonObject(attributes) && !createsToo) return [];
  const whom =
    externalId != null
      ? { external_id: externalId }
      : userAlias != null
        ? { user_alias: userAlias }
        : { email };
  return [{ ...(isJsonObject(attributes) ? attributes : {}), ...whom, _update_existing_only: !createsToo }];
}

function deliver(
  workspace: Workspace,
  { kind, ...rest }: TriggerKind,
  trigger: Trigger,
  dispatchId: string,
): void {
  const at = new Date(workspace.clock()).toISOString();
  const { id, properties, recipients } = trigger;
  if (recipients.length === 0) {
    workspace.deliveries.add({ at, dispatchId, kind, id, recipient: null, properties, outcome: 'delivered' });
  }
  for (const recipient of recipients) {
    const identity = identityOf(recipient);
    const profile = identity === undefined ? undefined : workspace.profiles.find(identity);
    workspace.deliveries.add({
      at,
      dispatchId,
      kind,
      id,
      recipient: whomOf(recipient),
      properties: { ...properties, ...propertiesOf(recipient, { kind, ...rest }) },
      outcome: profile === undefined ? 'unknownUser' : 'delivered',
    });
  }
}

function whomOf(recipient: JsonObject): JsonObject {
  const named = ['external_user_id', 'user_alias', 'email'].filter((name) => recipient[name] != null);
  return Object.fromEntries(named.map((name) => [name, recipient[name]]));
}
