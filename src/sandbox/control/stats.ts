import { type ControlRoute } from '../control-route';
import { sendJson } from '../exchange';

/** GET /_sandbox/stats: what was counted since the start, and what waits. */
export const showStats: ControlRoute = {
  method: 'GET',
  path: '/_sandbox/stats',
  handle: ({ workspace, res }) =>
    sendJson(res, 200, {
      ...workspace.statistics,
      profiles: workspace.profiles.size,
      pendingWrites: workspace.pending.objects,
      pendingRequests: workspace.pending.requests,
      deliveries: workspace.deliveries.count,
      order: {
        recorded: workspace.settings.recordOrder,
        kept: workspace.order.kept,
        missed: workspace.order.missed,
      },
      overlaps: { watched: workspace.settings.trackOverlaps, ...workspace.overlaps.counts },
    }),
};
