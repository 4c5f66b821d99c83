import { Pool } from 'undici';
import { memberId } from './members';
import { BENCH_AUDIENCE } from './prepared-plan';
import { CONNECTION } from './send-by-brazier';

/** Builds a `/users/track` body the way one would by hand. */
export function bareBody(ids: readonly string[]): string {
  const attributes = ids.map((id) => ({
    external_id: id,
    lexer_audience: { add: [BENCH_AUDIENCE.value] },
    _update_existing_only: true,
  }));
  return JSON.stringify({ attributes });
}

export function bareJoin(ids: readonly string[]): string {
  const suffix = ',"lexer_audience":{"add":["Million"]},"_update_existing_only":true}';
  let text = '{"attributes":[';
  for (let i = 0; i < ids.length; i += 1) text += `${i ? ',' : ''}{"external_id":"${ids[i]}"${suffix}`;
  return text + ']}';
}

/** Members whose ids are in memory before the clock runs. */
export function idsInMemory(members: number): string[] {
  return Array.from({ length: members }, (_, n) => memberId(n));
}

/** The baseline: as many loops as connections, each builds a body, posts it and reads the answer, and keeps nothing. */
export async function sendBare(
  ids: readonly string[],
  url: string,
  connections: number,
  build = bareBody,
): Promise<{ seconds: number }> {
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
  return { seconds };
}
