import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { type EventInput } from '../../src/contract/capture';
import { type Purchase } from './purchases';

/** The shop, which tells the gateway of every purchase as it happens. */
export interface Shop {
  gatewayUrl: string;
  key: string;
  /** Called after each post with how many purchases were told so far. */
  told: (purchases: number) => void;
}

/** The name of the event. */
export const PURCHASE = 'Purchase';
const PER_POST = 500;
const BUSY = 429;

/**
 * Replays the purchases, in order and one post after the other, as fast as they are accepted. One that is not is posted
 * again with the same ids, so it counts once whether or not it had come through.
 */
export async function replay(purchases: readonly Purchase[], shop: Shop): Promise<void> {
  for (let first = 0; first < purchases.length; first += PER_POST) {
    const events = purchases
      .slice(first, first + PER_POST)
      .map((purchase, at) => eventOf(purchase, first + at));
    await post({ events }, shop);
    shop.told(first + events.length);
  }
}

function eventOf({ customer, day, cds, amount }: Purchase, number: number): EventInput {
  return {
    id: `purchase-${number}`,
    name: PURCHASE,
    time: `${day}T12:00:00Z`,
    identifiers: { externalId: customer },
    properties: { cds, amount },
  };
}

async function post(body: { events: EventInput[] }, { gatewayUrl, key }: Shop): Promise<void> {
  for (;;) {
    const answer = await request(`${gatewayUrl}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 202) return;
    if (answer.statusCode !== BUSY) throw new Error(`the gateway answered ${answer.statusCode}: ${text}`);
    await sleep(1_000 * Number(answer.headers['retry-after'] ?? 1));
  }
}
