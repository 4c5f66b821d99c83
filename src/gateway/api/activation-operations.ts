import { audienceQuerySchema, type ApiSchemaName } from '../../contract/schemas/http-api';
import { BAD_BODY, BAD_QUERY, KEY_REUSED, type ApiOperation } from './operation';

const RUN = '/activations/{workflowId}';
const NO_RUN = 'No activation has that id.';
const NOT_NOW = 'The run has ended, or does not take this now.';

/** A decision about a run, which is answered with the run as it is now. */
function decided<const Body extends ApiSchemaName>(
  body: Body,
  path: string,
  summary: string,
  description: string,
) {
  return {
    method: 'POST',
    path: `${RUN}/${path}`,
    permission: 'decide',
    summary,
    description,
    body,
    success: { status: 200, schema: 'Activation', description: 'Taken; the run as it is now.' },
    refusals: { 400: BAD_BODY, 404: NO_RUN, 409: NOT_NOW },
  } as const;
}

function decision(path: string, summary: string, description: string) {
  return decided('PlanDecision', path, summary, description);
}

function order(path: string, summary: string, description: string) {
  return { ...decided('PersonalRequest', path, summary, description), isBodyOptional: true } as const;
}

function answer(path: string, summary: string) {
  const description = 'The first answer counts, whoever gave it and by whatever way; later ones get it back.';
  return {
    ...order(path, summary, description),
    success: { status: 200, schema: 'ConfirmationResult', description: 'The answer that counts.' },
  } as const;
}

/** What is done about activations of audiences, by operation id. */
export const ACTIVATION_OPERATIONS = {
  startActivation: {
    method: 'POST',
    path: '/activations',
    permission: 'start',
    summary: 'Start an activation',
    description:
      'The body is the input of the workflow activateAudience. It is checked before anything is started. With an Idempotency-Key, a repeated request gets the run that the first one started.',
    body: 'ActivateAudienceInput',
    startsRun: true,
    success: { status: 202, schema: 'StartedActivation', description: 'Started; Location is the run.' },
    refusals: { 400: BAD_BODY, 409: KEY_REUSED },
  },
  listActivations: {
    method: 'GET',
    path: '/activations',
    permission: 'read',
    summary: 'List the runs of an audience',
    description:
      'Runs that got hold of the audience, newest first; a run that was refused before is not among them. The list may lag behind by a second.',
    query: audienceQuerySchema,
    success: { status: 200, schema: 'ActivationList', description: 'The runs.' },
    refusals: { 400: BAD_QUERY },
  },
  getActivation: {
    method: 'GET',
    path: RUN,
    permission: 'read',
    summary: 'See an activation',
    description: 'Its status while it is under way, then its result, however it was started.',
    success: { status: 200, schema: 'Activation', description: 'The run.' },
    refusals: { 404: NO_RUN },
  },
  approveActivation: decision(
    'approve',
    'Approve the plan',
    'Bound to the hash of the plan that was looked at.',
  ),
  rejectActivation: decision('reject', 'Reject the plan', 'Nothing is sent.'),
  confirmActivation: answer('confirm', 'Say that the audience is right'),
  disputeActivation: answer('dispute', 'Say that the audience is not right; nothing is rolled back'),
  pauseActivation: order('pause', 'Pause sending', 'Slices under way finish first.'),
  resumeActivation: order('resume', 'Resume sending', 'A pause that nobody ends ends the run after a week.'),
  cancelActivation: {
    method: 'POST',
    path: `${RUN}/cancel`,
    permission: 'decide',
    summary: 'Ask the run to end',
    description: 'What was sent is settled and committed first, so the run may go on for a while.',
    body: 'PersonalRequest',
    isBodyOptional: true,
    success: { status: 202, schema: 'ActivationReference', description: 'Asked.' },
    refusals: { 400: BAD_BODY, 404: NO_RUN, 409: 'The run has ended.' },
  },
} as const satisfies Record<string, ApiOperation>;
