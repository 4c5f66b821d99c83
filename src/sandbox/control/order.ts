import { type ControlRoute } from '../control-route';
import { sendJson } from '../exchange';
import { type UserOrder } from '../order-ledger';
import { writeLines } from '../profiles/profile-lines';
import { type Workspace } from '../workspace';

/**
 * GET /_sandbox/order: one line per user with what was accepted for them, in order (needs the setting `recordOrder`).
 * `?user=ID` only shows that one, `?attribute=A` only the values that were written to that attribute, and when.
 */
export const showOrder: ControlRoute = {
  method: 'GET',
  path: '/_sandbox/order',
  handle: async ({ workspace, res, query }) => {
    res.writeHead(200, { 'content-type': 'application/x-ndjson' });
    await writeLines(orderLines(workspace, query.get('user'), query.get('attribute')), res);
  },
};

/** DELETE /_sandbox/order: forgets it. */
export const clearOrder: ControlRoute = {
  method: 'DELETE',
  path: '/_sandbox/order',
  handle: ({ workspace, res }) => {
    const forgotten = workspace.order.kept;
    workspace.order.clear();
    sendJson(res, 200, { forgotten });
  },
};

function* orderLines(
  { order, keys }: Workspace,
  user: string | null,
  attribute: string | null,
): Generator<string> {
  for (const line of user === null ? order.all() : [order.of(user)]) {
    const told = attribute === null ? line : valuesOf(line, attribute);
    yield keys.redact(JSON.stringify(told));
  }
}

function valuesOf(
  { user, writes }: UserOrder,
  attribute: string,
): { user: string; values: unknown[]; atMs: number[] } {
  const written = writes.filter(({ array, object }) => array === 'attributes' && attribute in object);
  return {
    user,
    values: written.map(({ object }) => object[attribute]),
    atMs: written.map(({ atMs }) => atMs),
  };
}
