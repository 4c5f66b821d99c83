import { Pool } from 'undici';
import { memberId } from './members';
import { BENCH_AUDIENCE } from './prepared-plan';
import { CONNECTION } from './send-by-brazier';

/** Makes a `/users/track` body of plain ids. */
type BodyBuilder = (ids: readonly string[]) => string;

/** Objects, then `JSON.stringify`: how one would write it. */
export const serialisedBody: BodyBuilder = (ids) => {
  const attributes = ids.map((id) => ({
    external_id: id,
    [BENCH_AUDIENCE.attribute]: { add: [BENCH_AUDIENCE.value] },
    _update_existing_only: true,
  }));
  return JSON.stringify({ attributes });
};

/** Text put together by hand, which only holds for ids that need no escaping: the least that any sender can do. */
export const handmadeBody: BodyBuilder = (ids) => {
  const { attribute, value } = BENCH_AUDIENCE;
  const suffix = `,"${attribute}":{"add":["${value}"]},"_update_existing_only":true}`;
  let body = '{"attributes":[';
  for (const [at, id] of ids.entries()) body += `${at === 0 ? '' : ','}{"external_id":"${id}"${suffix}`;
  return `${body}]}`;
};

/** Members whose ids are in memory before the clock runs. */
export function idsInMemory(members: number): string[] {
  return Array.from({ length: members }, (_, n) => memberId(n));
}

/** The baseline: as many loops as connections, each builds a body, posts it and reads the answer away. Answers the seconds it took. */
export async function sendBare(
  ids: readonly string[],
  url: string,
  connections: number,
  build: BodyBuilder,
): Promise<number> {
  const { objectsPerRequest } = BENCH_AUDIENCE;
  const pool = new Pool(url, { connections, pipelining: 1 });
  const headers = {
    authorization: `Bearer ${CONNECTION.key}`,
    'content-type': 'application/json',
    'user-agent': CONNECTION.userAgent,
  };
  let next = 0;
  const loop = async () => {
    for (;;) {
      const batch = ids.slice(next, (next += objectsPerRequest));
      if (batch.length === 0) return;
      const answer = await pool.request({
        method: 'POST',
        path: '/users/track',
        headers,
        body: build(batch),
      });
      await answer.body.dump();
      if (answer.statusCode !== 201) throw new Error(`the sink answered ${answer.statusCode}`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, loop));
  const seconds = (performance.now() - startedAt) / 1_000;
  await pool.close();
  return seconds;
}
