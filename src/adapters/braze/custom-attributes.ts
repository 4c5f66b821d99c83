import { z } from 'zod';
import { type Outcome, success } from '../../contract/errors';
import { type ReplyHeaders } from '../../domain/rate-signal';
import { type BrazeConnection } from './connection';
import { readFromBraze } from './connection-read';

/** A custom attribute as Braze's registry describes it. */
export interface BrazeAttribute {
  name: string;
  /** In Braze's words, e.g. `array`. */
  dataType: string;
  /** How many values an array keeps before it drops the oldest. */
  arrayLength?: number | undefined;
  /** In Braze's words, e.g. `Active` or `Blocklisted`. */
  status: string;
}

/**
 * 50 a page, the next one by a cursor in the Link header; 1,000 requests an hour.
 * https://www.braze.com/docs/api/endpoints/custom_attributes/get_custom_attributes/ (read 2026-11-21)
 */
const MAX_PAGES = 1000;

const pageSchema = z.object({
  attributes: z.array(
    z.object({
      name: z.string(),
      data_type: z.string().nullish(),
      array_length: z.number().nullish(),
      status: z.string().nullish(),
    }),
  ),
});

/** Those of the named attributes that exist; stops reading once all were met. */
export async function findAttributes(
  connection: BrazeConnection,
  names: readonly string[],
): Promise<Outcome<Map<string, BrazeAttribute>>> {
  const wanted = new Set(names);
  const found = new Map<string, BrazeAttribute>();
  const cursors = new Set<string>();
  let path = '/custom_attributes';
  for (let page = 0; page < MAX_PAGES && found.size < wanted.size; page += 1) {
    const answer = await readFromBraze(connection, {
      method: 'GET',
      path,
      scope: 'custom_attributes.get',
      schema: pageSchema,
    });
    if (!answer.ok) return answer;
    for (const { name, data_type, array_length, status } of answer.value.body.attributes) {
      if (!wanted.has(name)) continue;
      found.set(name, {
        name,
        dataType: data_type ?? 'unknown',
        arrayLength: array_length ?? undefined,
        status: status ?? 'unknown',
      });
    }
    const cursor = nextCursor(answer.value.headers);
    if (cursor === undefined || cursors.has(cursor)) break;
    cursors.add(cursor);
    path = `/custom_attributes?cursor=${encodeURIComponent(cursor)}`;
  }
  return success(found);
}

/** Only the cursor is taken from the link, never its host: the key goes nowhere but to the endpoint. */
function nextCursor(headers: ReplyHeaders): string | undefined {
  const header = headers['link'];
  const links = (Array.isArray(header) ? header.join(',') : (header ?? '')).matchAll(/<([^>]*)>([^,<]*)/g);
  for (const [, address, parameters] of links) {
    if (address === undefined || !/\brel="?next"?/i.test(parameters ?? '')) continue;
    const query = address.indexOf('?');
    return query === -1 ? undefined : (new URLSearchParams(address.slice(query)).get('cursor') ?? undefined);
  }
  return undefined;
}
