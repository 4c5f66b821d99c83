import { callQuerySchema, deadLetterQuerySchema } from '../../contract/schemas/http-streaming';
import { BAD_BODY, BAD_QUERY, NO_INTEGRATION, type ApiOperation } from './operation';

/** What is done about the calls of engagements, by operation id. */
export const CALL_OPERATIONS = {
  listCalls: {
    method: 'GET',
    path: '/calls',
    permission: 'read',
    summary: 'List calls that have come to their end',
    description:
      'In the order in which their ends were written down, each 35 seconds after that: none is left out. next is where to go on, at once or later.',
    query: callQuerySchema,
    success: { status: 200, schema: 'CallPage', description: 'The calls.' },
    refusals: { 400: BAD_QUERY, 404: NO_INTEGRATION },
  },
  listDeadLetters: {
    method: 'GET',
    path: '/dead-letters',
    permission: 'read',
    summary: 'List dead letters',
    description: 'Calls that were refused or may not have arrived, and events set aside, the oldest first.',
    query: deadLetterQuerySchema,
    success: { status: 200, schema: 'DeadLetterPage', description: 'The dead letters, without requests.' },
    refusals: { 400: BAD_QUERY, 404: NO_INTEGRATION },
  },
  redriveDeadLetters: {
    method: 'POST',
    path: '/dead-letters/redrive',
    permission: 'decide',
    summary: 'Put dead letters back on their way',
    description:
      'All that fit the filter. Calls go behind whatever is under way for the person, and not at all if newer values have arrived.',
    body: 'DeadLetterDecision',
    success: { status: 200, schema: 'RedriveAnswer', description: 'What became of them, or would.' },
    refusals: { 400: BAD_BODY, 404: 'There is no such integration, or it has no stream.' },
  },
  discardDeadLetters: {
    method: 'POST',
    path: '/dead-letters/discard',
    permission: 'decide',
    summary: 'Give dead letters up for good',
    description: 'All that fit the filter: they are never sent, and what was kept to send them is deleted.',
    body: 'DeadLetterDecision',
    success: { status: 200, schema: 'DiscardAnswer', description: 'What became of them, or would.' },
    refusals: { 400: BAD_BODY, 404: NO_INTEGRATION },
  },
} as const satisfies Record<string, ApiOperation>;
