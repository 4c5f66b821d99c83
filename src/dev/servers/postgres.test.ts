import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgresServer } from './postgres';

let dir: string;

beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'brazier-postgres-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

test('what was acknowledged outlives a server that was killed, and strangers are not let in', async () => {
  const home = join(dir, 'home');
  const first = await startPostgresServer({ dir: home });
  await ask(first.url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('über')");
  await first.kill();
  const second = await startPostgresServer({ dir: home });
  try {
    expect(await ask(second.url, 'SELECT word FROM kept')).toEqual([{ word: 'über' }]);
    const [settings] = await ask(
      second.url,
      "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('server_encoding') AS encoding, current_setting('listen_addresses') AS host",
    );
    expect(settings).toEqual({ fsync: 'on', commit: 'on', encoding: 'UTF8', host: '127.0.0.1' });
    const guessed = new URL(second.url);
    guessed.password = 'guess';
    await expect(ask(guessed.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  } finally {
    await second.close();
  }
});
