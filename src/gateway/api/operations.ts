import { ACTIVATION_OPERATIONS } from './activation-operations';
import { CALL_OPERATIONS } from './call-operations';
import { ENGAGEMENT_OPERATIONS } from './engagement-operations';
import { EXTERNAL_API_OPERATIONS } from './external-api-operations';
import { type ApiOperation } from './operation';
import { SEGMENT_OPERATIONS } from './segment-operations';

/** What is done about the streaming half, by operation id. */
export const STREAM_OPERATIONS = {
  ...EXTERNAL_API_OPERATIONS,
  ...SEGMENT_OPERATIONS,
  ...ENGAGEMENT_OPERATIONS,
  ...CALL_OPERATIONS,
} as const satisfies Record<string, ApiOperation>;

/** Everything that the API does, by operation id. */
export const API_OPERATIONS = {
  ...ACTIVATION_OPERATIONS,
  ...STREAM_OPERATIONS,
} as const satisfies Record<string, ApiOperation>;

/** Name of an operation. */
export type OperationId = keyof typeof API_OPERATIONS;
