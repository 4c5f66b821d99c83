import { type ApiSchemaName } from '../../contract/schemas/http-api';
import { integrationQuerySchema } from '../../contract/schemas/http-streaming';
import { BAD_BODY, BAD_QUERY, KEY_REUSED, NO_INTEGRATION, type ApiOperation } from './operation';

const ENGAGEMENT = '/engagements/{integration}/{engagement}';
const NO_ENGAGEMENT = 'The integration has no engagement of that name.';
const NO_ACTIVATION = 'No activation of an engagement has that id.';
const NOT_NOW = 'The state does not allow it, or a version has not passed its test here.';
const SHOWN =
  'Tells what would happen, each value and the request, its secrets hidden. Nothing is sent, saved or counted, and Temporal hears nothing of it.';

/** A change of an engagement that is there, which is answered with the engagement as it is now. */
function change<const Body extends ApiSchemaName>(
  word: string,
  summary: string,
  description: string,
  body: Body,
) {
  return {
    method: 'POST',
    path: `${ENGAGEMENT}/${word}`,
    permission: 'decide',
    summary,
    description,
    body,
    success: { status: 200, schema: 'EngagementStatus', description: 'Made; the engagement as it is now.' },
    refusals: { 400: BAD_BODY, 404: NO_ENGAGEMENT, 409: NOT_NOW },
  } as const;
}

function order(word: string, summary: string, description: string) {
  return { ...change(word, summary, description, 'PersonalRequest'), isBodyOptional: true } as const;
}

/** What is done about engagements, by operation id. */
export const ENGAGEMENT_OPERATIONS = {
  startEngagementActivation: {
    method: 'POST',
    path: '/engagement-activations',
    permission: 'start',
    summary: 'Activate an engagement',
    description:
      'The body is the input of the workflow activateEngagement: saves what is new, tests what has no verdict here, activates. A version that has not passed its test here is refused at once where no test values are given.',
    body: 'ActivateEngagementInput',
    largestBodyKiB: 512,
    startsRun: true,
    success: {
      status: 202,
      schema: 'StartedActivation',
      description: 'Started; Location is the activation.',
    },
    refusals: {
      400: BAD_BODY,
      404: 'The integration, the segment or the External API does not exist.',
      409: `${KEY_REUSED} Or a version has not passed its test here.`,
      422: 'The payload is about several people.',
    },
  },
  getEngagementActivation: {
    method: 'GET',
    path: '/engagement-activations/{workflowId}',
    permission: 'read',
    summary: 'See an activation of an engagement',
    description: 'Its stages while it is under way, then its result, however it was started.',
    success: { status: 200, schema: 'EngagementActivation', description: 'The activation.' },
    refusals: { 404: NO_ACTIVATION },
  },
  cancelEngagementActivation: {
    method: 'POST',
    path: '/engagement-activations/{workflowId}/cancel',
    permission: 'decide',
    summary: 'Ask an activation of an engagement to end',
    description:
      'What is saved stays saved; a test under way puts back what it has sent. An engagement that is active already stays so.',
    body: 'PersonalRequest',
    isBodyOptional: true,
    success: { status: 202, schema: 'ActivationReference', description: 'Asked.' },
    refusals: { 400: BAD_BODY, 404: NO_ACTIVATION, 409: 'The run has ended.' },
  },
  listEngagements: {
    method: 'GET',
    path: '/engagements',
    permission: 'read',
    summary: 'List the engagements of an integration',
    query: integrationQuerySchema,
    success: { status: 200, schema: 'EngagementList', description: 'By name, without counts.' },
    refusals: { 400: BAD_QUERY, 404: NO_INTEGRATION },
  },
  getEngagement: {
    method: 'GET',
    path: ENGAGEMENT,
    permission: 'read',
    summary: 'See an engagement',
    description: 'State, versions, who changed it, counts per stage and latency.',
    success: { status: 200, schema: 'EngagementStatus', description: 'The engagement.' },
    refusals: { 400: BAD_QUERY, 404: NO_ENGAGEMENT },
  },
  activateEngagement: {
    ...change(
      'activate',
      'Activate a saved draft',
      'Refused unless every External API of it has passed its test here.',
      'DraftActivation',
    ),
    isBodyOptional: true,
  },
  pauseEngagement: order('pause', 'Pause an engagement', 'Who enters is recorded, nobody is sent.'),
  resumeEngagement: order(
    'resume',
    'Resume an engagement',
    'Who entered meanwhile is sent or skipped, as onResume says.',
  ),
  stopEngagement: order('stop', 'Stop an engagement', 'For good: a stopped one is never active again.'),
  upgradeEngagement: change(
    'upgrade',
    'Move an engagement to other versions',
    'They have to have passed their test here.',
    'UpgradeRequest',
  ),
  previewEngagement: {
    method: 'POST',
    path: `${ENGAGEMENT}/preview`,
    permission: 'people',
    summary: 'Try an engagement on a real person',
    description: SHOWN,
    body: 'PreviewRequest',
    largestBodyKiB: 128,
    success: { status: 200, schema: 'EngagementPreview', description: 'What would happen.' },
    refusals: { 400: BAD_BODY, 404: `${NO_ENGAGEMENT} Or nobody has that identifier.` },
  },
  previewUnsavedEngagement: {
    method: 'POST',
    path: '/engagements/preview',
    permission: 'people',
    summary: 'Try an engagement that need not be saved on a real person',
    description: SHOWN,
    body: 'UnsavedPreviewRequest',
    largestBodyKiB: 512,
    success: { status: 200, schema: 'EngagementPreview', description: 'What would happen.' },
    refusals: {
      400: BAD_BODY,
      404: 'The segment or the External API does not exist, or nobody has that identifier.',
      422: 'The payload is about several people.',
    },
  },
} as const satisfies Record<string, ApiOperation>;
