import { type Fault, type Outcome, success } from '../../contract/errors';
import { type BrazeSettings } from '../../contract/integration';
import { type BrazeConnection } from './connection';
import { type BrazeConnectionOpener } from './connection-opener';
import { type BrazeScope, quoteBraze, replyFault } from './connection-read';
import { type BrazeAttribute, findAttributes } from './custom-attributes';
import { type BrazeSegment, listSegments, segmentDetails } from './segments';

/** The scopes that can only be tried by a request which Braze is bound to refuse. */
export type ProbedScope = 'users.track' | 'users.export.ids' | 'users.export.segment';

/** What set-up and the checks before a run ask of a workspace. Nothing here changes it. */
export interface BrazeWorkspace {
  listSegments(): Promise<Outcome<BrazeSegment[]>>;
  segmentDetails(id: string): Promise<Outcome<BrazeSegment>>;
  findAttributes(names: readonly string[]): Promise<Outcome<Map<string, BrazeAttribute>>>;
  /** Good if the key may do it, found out without doing it. */
  probe(scope: ProbedScope): Promise<Outcome<void>>;
  close(): Promise<void>;
}

/** Opens the workspace of an integration. */
export type WorkspaceOpener = (settings: BrazeSettings) => Promise<Outcome<BrazeWorkspace>>;

/** An opener on top of connections; a single connection each, since nothing here is many requests at once. */
export function createWorkspaceOpener(open: BrazeConnectionOpener): WorkspaceOpener {
  return async (settings) => {
    const connection = await open({ ...settings, connections: 1 });
    return connection.ok ? success(workspaceOf(connection.value)) : connection;
  };
}

/** The same on a connection that is already there. */
export function workspaceOf(connection: BrazeConnection): BrazeWorkspace {
  return {
    listSegments: () => listSegments(connection),
    segmentDetails: (id) => segmentDetails(connection, id),
    findAttributes: (names) => findAttributes(connection, names),
    probe: (scope) => probe(connection, scope),
    close: () => connection.close(),
  };
}

/** Each lacks what the endpoint requires, so that a key with the permission gets a 400 and nothing happens. */
const REFUSED_REQUESTS: Readonly<Record<ProbedScope, { path: string; body: string }>> = {
  'users.track': { path: '/users/track', body: '{"attributes":[]}' },
  'users.export.ids': {
    path: '/users/export/ids',
    body: '{"external_ids":[],"fields_to_export":["external_id"]}',
  },
  'users.export.segment': { path: '/users/export/segment', body: '{"fields_to_export":["external_id"]}' },
};

async function probe(connection: BrazeConnection, scope: ProbedScope): Promise<Outcome<void>> {
  const reply = await connection.request({ method: 'POST', ...REFUSED_REQUESTS[scope] });
  const failed = replyFault(reply, scope);
  if (failed === undefined || (reply.kind === 'answer' && reply.status === 400)) return success(undefined);
  return { ok: false, fault: withReason(failed, reply.kind === 'answer' ? reply.body : '', scope) };
}

/** The probes name no member, so Braze's words about them can be repeated. */
function withReason(failed: Fault, body: string, scope: BrazeScope): Fault {
  return failed.code === 'BRAZE_REQUEST_REFUSED'
    ? { ...failed, message: `Braze refused the trial of ${scope}: ${quoteBraze(body)}.` }
    : failed;
}
