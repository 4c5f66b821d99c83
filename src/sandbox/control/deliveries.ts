import { type ControlRoute } from '../control-route';
import { sendJson } from '../exchange';

/**
 * GET /_sandbox/deliveries?last=N&kind=canvas|campaign&id=I: the last messages that triggers caused, oldest first, once
 * they went out; `count` is everything since the start.
 */
export const showDeliveries: ControlRoute = {
  method: 'GET',
  path: '/_sandbox/deliveries',
  handle: ({ workspace, res, query }) => {
    const last = Number(query.get('last') ?? 100);
    if (!Number.isInteger(last) || last < 0) {
      sendJson(res, 400, { message: "'last' must be a non-negative integer" });
      return;
    }
    const [kind, id] = [query.get('kind'), query.get('id')];
    const deliveries = workspace.deliveries.last(
      last,
      (delivery) => (kind === null || delivery.kind === kind) && (id === null || delivery.id === id),
    );
    sendJson(res, 200, { count: workspace.deliveries.count, deliveries });
  },
};
