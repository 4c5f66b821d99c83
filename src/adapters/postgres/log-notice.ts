import { type Queries } from './database';

/** Which shards have something new to read. */
export interface LogNotice {
  integration: string;
  layout: number;
  shards: number[];
}

/** Where whoever reads a log listens. */
export const LOG_CHANNEL = 'brazier_log';

/** Tells at the commit of a transaction what it has written to a log. */
export async function notifyShards(queries: Queries, notice: LogNotice): Promise<void> {
  await queries.query(`SELECT pg_notify('${LOG_CHANNEL}', $1)`, [noticeText(notice)]);
}

/** A notice as it travels. */
export function noticeText(notice: LogNotice): string {
  return JSON.stringify(notice);
}

/** A notice that came; nothing where it is none, since whoever has the right to the database may notify. */
export function readNotice(payload: string): LogNotice | undefined {
  try {
    const told: unknown = JSON.parse(payload);
    if (typeof told !== 'object' || told === null) return undefined;
    if (!('integration' in told && 'layout' in told && 'shards' in told)) return undefined;
    const { integration, layout, shards } = told;
    if (typeof integration !== 'string' || typeof layout !== 'number' || !Array.isArray(shards))
      return undefined;
    return { integration, layout, shards: shards.filter((shard) => typeof shard === 'number') };
  } catch {
    return undefined;
  }
}
