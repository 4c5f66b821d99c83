import { type ControlRoute } from '../control-route';
import { sendJson } from '../exchange';

/** POST /_sandbox/flush: applies everything that waits, now. */
export const flush: ControlRoute = {
  method: 'POST',
  path: '/_sandbox/flush',
  handle: ({ workspace, res }) => {
    const { requests, objects } = workspace.pending;
    workspace.pending.flush();
    sendJson(res, 200, { applied: { requests, objects } });
  },
};
