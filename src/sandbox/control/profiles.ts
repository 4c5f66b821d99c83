import { type ControlRoute } from '../control-route';
import { holdsValue } from '../endpoints/segments-data-series';
import { sendJson } from '../exchange';
import { loadProfileLine, profileLine, readLines, writeLines } from '../profiles/profile-lines';
import { type Profile } from '../profiles/profile';
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
 * `?attribute=A&value=V` shows only those that hold the text V, `?attribute=A` those that hold anything; with `count=true`
 * only how many they are. `?pending=count` only says how much waits.
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
    const wanted = wantedProfiles(workspace, query.get('attribute'), query.get('value'));
    if (query.get('count') === 'true') {
      sendJson(res, 200, { profiles: [...wanted].length });
      return;
    }
    res.writeHead(200, { 'content-type': 'application/x-ndjson' });
    await writeLines(dumpLines(workspace, wanted), res);
  },
};

function* wantedProfiles(
  { profiles }: Workspace,
  attribute: string | null,
  value: string | null,
): Generator<Profile> {
  for (const profile of profiles.all()) {
    const isWanted =
      attribute === null ||
      (value === null ? profile.attributes?.has(attribute) === true : holdsValue(profile, attribute, value));
    if (isWanted) yield profile;
  }
}

function* dumpLines({ profiles }: Workspace, wanted: Iterable<Profile>): Generator<string> {
  for (const profile of wanted) yield profileLine(profile, profiles);
}
