import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ControlRoute } from './control-route';
import { addAttributes } from './control/attributes';
import { showDeliveries } from './control/deliveries';
import { addFault, clearFaults, listFaults } from './control/faults';
import { flush } from './control/flush';
import { clearOrder, showOrder } from './control/order';
import { dumpProfiles, loadProfiles } from './control/profiles';
import { showRequests } from './control/requests';
import { addSegments } from './control/segments';
import { changeSettings, showSettings } from './control/settings';
import { showStats } from './control/stats';
import { sendJson } from './exchange';
import { type Workspace } from './workspace';

/** Where the control API begins. Nothing of it exists in Braze. */
export const CONTROL_PREFIX = '/_sandbox/';

const ROUTES = new Map<string, ControlRoute>(
  [
    addAttributes,
    addFault,
    addSegments,
    changeSettings,
    clearFaults,
    clearOrder,
    dumpProfiles,
    flush,
    listFaults,
    loadProfiles,
    showDeliveries,
    showOrder,
    showRequests,
    showSettings,
    showStats,
  ].map((route) => [`${route.method} ${route.path}`, route]),
);

/** Answers requests to the control API; with a token set, only to those who have it. */
export async function answerControl(
  workspace: Workspace,
  token: string | undefined,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (token !== undefined && req.headers['x-sandbox-token'] !== token) {
    req.resume();
    sendJson(res, 401, { message: 'The header x-sandbox-token is missing or wrong' });
    return;
  }
  const url = new URL(req.url ?? '/', 'http://localhost');
  const route = ROUTES.get(`${req.method ?? 'GET'} ${url.pathname}`);
  if (route === undefined) {
    req.resume();
    sendJson(res, 404, { message: 'No such control route' });
    return;
  }
  await route.handle({ workspace, req, res, query: url.searchParams });
}
