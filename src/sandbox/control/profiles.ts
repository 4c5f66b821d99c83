import { type ControlRoute } from '../control-route';
import { holdsValue } from '../endpoints/segments-data-series';
import { sendJson } from '../exchange';
import { loadProfileLine, profileLine, readLines, writeLines } from '../profiles/profile-lines';
import { type Workspace } from '../workspace';

/**
 * POST /_sandbox/profiles: loads profiles, one JSON object per line, in the shape of a user export. Lines that are no
 * objects are counted, not loaded. A million take some seconds.
 */
export const loadProfiles: ControlRoute = {
  method: 'POST',
  path: '/_sandbox/profiles',
  handle: async ({ workspace, req, res }) => {
    let loaded = 0;
    let refused = 0;
    for await (const line of readLines(req)) {
      if (loadProfileLine(line, workspace) === null) refused += 1;
      else loaded += 1;
    }
    sendJson(res, 200, { loaded, refused, profiles: workspace.profiles.size });
  },
};

/**
 * GET /_sandbox/profiles: every profile, one per line, as it is now. `?flush=true` first applies what waits,
 * `?attribute=A&value=V` shows only those that hold the text V, `?pending=count` only says how much waits.
 */
export const dumpProfiles: ControlRoute = {
  method: 'GET',
  path: '/_sandbox/profiles',
  handle: async ({ workspace, res, query }) => {
    if (query.get('pending') === 'count') {
      const { requests, objects } = workspace.pending;
      sendJson(res, 200, { pendingRequests: requests, pendingWrites: objects });
      return;
    }
    if (query.get('flush') === 'true') workspace.pending.flush();
    res.writeHead(200, { 'content-type': 'application/x-ndjson' });
    await writeLines(dumpLines(workspace, query.get('attribute'), query.get('value')), res);
  },
};

function* dumpLines(
  { profiles }: Workspace,
  attribute: string | null,
  value: string | null,
): Generator<string> {
  for (const profile of profiles.all()) {
    if (attribute !== null && !holdsValue(profile, attribute, value)) continue;
    yield profileLine(profile, profiles);
  }
}
