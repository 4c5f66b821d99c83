import { type ControlRoute } from '../control-route';
import { sendJson } from '../exchange';

/** GET /_sandbox/requests?last=N&path=P: the last requests, oldest first. Keys are given by their number and blotted out of bodies. */
export const showRequests: ControlRoute = {
  method: 'GET',
  path: '/_sandbox/requests',
  handle: ({ workspace, res, query }) => {
    const last = Number(query.get('last') ?? 20);
    if (!Number.isInteger(last) || last < 0) {
      sendJson(res, 400, { message: "'last' must be a non-negative integer" });
      return;
    }
    const path = query.get('path');
    const requests = workspace.requests
      .last(path === null ? last : Number.MAX_SAFE_INTEGER)
      .filter((request) => path === null || request.path === path)
      .slice(last === 0 ? Number.MAX_SAFE_INTEGER : -last)
      .map(({ atMs, body, ...request }) => ({
        at: new Date(atMs).toISOString(),
        ...request,
        body: workspace.keys.redact(body.toString('utf8')),
      }));
    sendJson(res, 200, { requests });
  },
};
