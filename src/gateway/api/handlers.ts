import { fault, type Outcome } from '../../contract/errors';
import { ACTIVATION_HANDLERS } from './activation-handlers';
import { type ActivationRuns } from './activation-runs';
import { CALL_HANDLERS } from './call-handlers';
import { ENGAGEMENT_HANDLERS } from './engagement-handlers';
import { EXTERNAL_API_HANDLERS } from './external-api-handlers';
import { type ApiAnswer, type ApiCall } from './handler';
import { type OperationId, type STREAM_OPERATIONS } from './operations';
import { SEGMENT_HANDLERS } from './segment-handlers';
import { type StreamServices } from './streaming';

/** What the operations work on. */
export interface ApiServices {
  activations: ActivationRuns;
  /** Absent where the deployment has no database. */
  streaming: StreamServices | undefined;
}

/** Does what an operation says. */
export type ApiHandler = (call: ApiCall, services: ApiServices) => Promise<Outcome<ApiAnswer>>;

/** Does what an operation on the streaming half says. */
type StreamHandler = (call: ApiCall, services: StreamServices) => Promise<Outcome<ApiAnswer>>;

const STREAM_HANDLERS: Record<keyof typeof STREAM_OPERATIONS, StreamHandler> = {
  ...EXTERNAL_API_HANDLERS,
  ...SEGMENT_HANDLERS,
  ...ENGAGEMENT_HANDLERS,
  ...CALL_HANDLERS,
};

const NO_DATABASE = fault(
  'STREAM_NOT_CONFIGURED',
  'This gateway has no database for events, External APIs and engagements.',
);

/** The handler of an operation. */
export function handlerOf(id: OperationId): ApiHandler {
  if (isOfStreaming(id)) {
    const handle = STREAM_HANDLERS[id];
    return (call, { streaming }) =>
      streaming === undefined ? Promise.resolve(NO_DATABASE) : handle(call, streaming);
  }
  const handle = ACTIVATION_HANDLERS[id];
  return (call, { activations }) => handle(call, activations);
}

function isOfStreaming(id: OperationId): id is keyof typeof STREAM_OPERATIONS {
  return Object.hasOwn(STREAM_HANDLERS, id);
}
