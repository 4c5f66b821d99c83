import { type CallEndpoint } from './vocabulary';

/** Where each endpoint is. https://www.braze.com/docs/api/home/ (read 2026-11-22) */
export const CALL_PATHS = {
  'users.track': '/users/track',
  'canvas.trigger.send': '/canvas/trigger/send',
  'campaigns.trigger.send': '/campaigns/trigger/send',
} as const satisfies Record<CallEndpoint, string>;
