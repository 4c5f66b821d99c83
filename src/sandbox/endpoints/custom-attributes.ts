import { type Endpoint, failure } from '../endpoint';

const PAGE_SIZE = 50;

/**
 * GET /custom_attributes: type, cap and blocklist status of every attribute, 50 per page, the next page by the Link header
 * (https://www.braze.com/docs/api/endpoints/custom_attributes/get_custom_attributes/, read 2026-11-21).
 */
export const customAttributes: Endpoint = {
  method: 'GET',
  path: '/custom_attributes',
  scope: 'custom_attributes.get',
  limits: (limits) => [{ name: 'customAttributes', ...limits.customAttributes }],
  handle: (workspace, { query, origin }) => {
    const skip = readCursor(query.get('cursor'));
    if (skip === undefined) return failure(400, 'Invalid cursor');
    const all = workspace.registry.all();
    const attributes = all.slice(skip, skip + PAGE_SIZE).map((attribute) => ({
      name: attribute.name,
      data_type: attribute.dataType,
      array_length: attribute.dataType === 'array' ? attribute.arrayLength : null,
      status: attribute.status,
      description: attribute.description,
      tag_names: attribute.tagNames,
    }));
    const link = linkHeader(origin, skip, all.length);
    return {
      status: 200,
      body: { message: 'success', attributes },
      ...(link === '' ? {} : { headers: { link } }),
    };
  },
};

function linkHeader(origin: string, skip: number, total: number): string {
  const links: string[] = [];
  if (skip > 0) links.push(`<${pageUrl(origin, Math.max(0, skip - PAGE_SIZE))}>; rel="prev"`);
  if (skip + PAGE_SIZE < total) links.push(`<${pageUrl(origin, skip + PAGE_SIZE)}>; rel="next"`);
  return links.join(',');
}

function pageUrl(origin: string, skip: number): string {
  return `${origin}/custom_attributes/?cursor=${Buffer.from(`skip:${skip}`).toString('base64url')}`;
}

/** Clients must treat a cursor as opaque; it happens to say how many to skip. */
function readCursor(cursor: string | null): number | undefined {
  if (cursor === null || cursor === '') return 0;
  const match = /^skip:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString());
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
