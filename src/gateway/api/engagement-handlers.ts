import { type ActivateEngagementInput, type EngagementAction } from '../../contract/engagement';
import { type EngagementKey } from '../../contract/engagement-calls';
import { success, type Outcome } from '../../contract/errors';
import {
  parseEngagement,
  parseEngagementActivate,
  parseEngagementUpgrade,
} from '../../contract/schemas/engagement';
import {
  ADDRESS_SCHEMAS,
  draftActivationSchema,
  integrationQuerySchema,
  previewSchema,
  upgradeRequestSchema,
} from '../../contract/schemas/http-streaming';
import { parseInput, strictObject } from '../../contract/schemas/parse-input';
import { recordedAs } from './callers';
import { type ENGAGEMENT_OPERATIONS } from './engagement-operations';
import {
  answered,
  cancelled,
  checkedKey,
  knownIntegration,
  recordedPerson,
  startedAt,
  type ApiAnswer,
  type ApiCall,
} from './handler';
import { type EngagementBook, type PreviewCall, type StreamServices } from './streaming';

/** Does what an operation on engagements says. */
type Handler = (
  call: ApiCall,
  services: Pick<StreamServices, 'engagements' | 'engagementActivations' | 'knowsIntegration'>,
) => Promise<Outcome<ApiAnswer>>;

const addressSchema = strictObject({
  integration: ADDRESS_SCHEMAS.integration,
  engagement: ADDRESS_SCHEMAS.engagement,
});

/** One handler for each operation on engagements. */
export const ENGAGEMENT_HANDLERS: Record<keyof typeof ENGAGEMENT_OPERATIONS, Handler> = {
  startEngagementActivation,
  getEngagementActivation: async ({ params: { workflowId = '' } }, { engagementActivations }) =>
    answered(await engagementActivations.view(workflowId)),
  cancelEngagementActivation: (call, { engagementActivations }) => cancelled(call, engagementActivations),
  async listEngagements({ query }, { engagements, knowsIntegration }) {
    const wanted = parseInput(integrationQuerySchema, query, 'The query');
    if (!wanted.ok) return wanted;
    const known = await knownIntegration(wanted.value.integration, { knowsIntegration });
    if (!known.ok) return known;
    const listed = await engagements.list(wanted.value.integration);
    return listed.ok ? success({ body: { engagements: listed.value } }) : listed;
  },
  async getEngagement(call, { engagements }) {
    const key = keyOf(call);
    return key.ok ? answered(await engagements.show(key.value)) : key;
  },
  activateEngagement: activateDraft,
  pauseEngagement: (call, { engagements }) => order('pause', call, engagements),
  resumeEngagement: (call, { engagements }) => order('resume', call, engagements),
  stopEngagement: (call, { engagements }) => order('stop', call, engagements),
  upgradeEngagement,
  async previewEngagement(call, { engagements }) {
    const key = keyOf(call);
    return key.ok ? preview(key.value, call.body, engagements) : key;
  },
  async previewUnsavedEngagement({ body }, { engagements }) {
    const { engagement, ...rest } = typeof body === 'object' ? { engagement: undefined, ...body } : {};
    const checked = parseEngagement(engagement);
    return checked.ok ? preview(checked.value, rest, engagements) : checked;
  },
};

async function startEngagementActivation(
  call: ApiCall,
  { engagementActivations }: Pick<StreamServices, 'engagementActivations'>,
): Promise<Outcome<ApiAnswer>> {
  const { caller, body } = call;
  const key = checkedKey(call);
  if (!key.ok) return key;
  const checked = parseEngagement(body);
  if (!checked.ok) return checked;
  // As it was given: the workflow fills in the defaults itself.
  const input = recorded(body as ActivateEngagementInput, caller);
  return startedAt(
    '/engagement-activations',
    await engagementActivations.start({ request: body, input, caller, idempotencyKey: key.value }),
  );
}

/** What people answer for is recorded with the caller through whom they did. */
function recorded(input: ActivateEngagementInput, caller: string): ActivateEngagementInput {
  const accepted = (action: EngagementAction): EngagementAction =>
    action.acceptAnswerOnly
      ? { ...action, acceptAnswerOnly: { by: recordedAs(caller, action.acceptAnswerOnly.by) } }
      : action;
  return {
    ...input,
    action: accepted(input.action),
    ...(input.exitAction && { exitAction: accepted(input.exitAction) }),
    activatedBy: recordedAs(caller, input.activatedBy),
  };
}

function keyOf({ params }: ApiCall): Outcome<EngagementKey> {
  const named = parseInput(addressSchema, params, 'The address');
  if (!named.ok) return named;
  return success({ integration: named.value.integration, name: named.value.engagement });
}

async function order(
  change: 'pause' | 'resume' | 'stop',
  call: ApiCall,
  engagements: EngagementBook,
): Promise<Outcome<ApiAnswer>> {
  const key = keyOf(call);
  if (!key.ok) return key;
  const by = recordedPerson(change, call);
  return by.ok ? answered(await engagements.change(key.value, change, { by: by.value })) : by;
}

async function activateDraft(
  call: ApiCall,
  { engagements }: Pick<StreamServices, 'engagements'>,
): Promise<Outcome<ApiAnswer>> {
  const key = keyOf(call);
  if (!key.ok) return key;
  const given = parseInput(draftActivationSchema, call.body ?? {}, 'activate');
  if (!given.ok) return given;
  const request = parseEngagementActivate({ ...given.value, by: recordedAs(call.caller, given.value.by) });
  return request.ok ? answered(await engagements.change(key.value, 'activate', request.value)) : request;
}

async function upgradeEngagement(
  call: ApiCall,
  { engagements }: Pick<StreamServices, 'engagements'>,
): Promise<Outcome<ApiAnswer>> {
  const key = keyOf(call);
  if (!key.ok) return key;
  const given = parseInput(upgradeRequestSchema, call.body, 'upgrade');
  if (!given.ok) return given;
  const request = parseEngagementUpgrade({ ...given.value, by: recordedAs(call.caller, given.value.by) });
  return request.ok ? answered(await engagements.change(key.value, 'upgrade', request.value)) : request;
}

async function preview(
  engagement: PreviewCall['engagement'],
  body: unknown,
  engagements: EngagementBook,
): Promise<Outcome<ApiAnswer>> {
  const request = parseInput(previewSchema, body, 'preview');
  if (!request.ok) return request;
  const { person, lastEvent, event } = request.value;
  const tried =
    event !== undefined ? { posted: event } : lastEvent === undefined ? undefined : { last: lastEvent };
  return answered(await engagements.preview({ engagement, person, event: tried }));
}
