import { Client } from 'pg';
import { createTestDatabaseUrl, dropTestDatabase } from '../../../test/postgres/database';
import { startSilentServer } from '../../../test/postgres/silent-server';
import { openDatabase } from './database';
import { migrateDatabase, MIGRATION_LOCK } from './migrate';
import { MIGRATIONS } from './migrations/all';

test('processes that migrate at once leave every migration applied once', async () => {
  const url = await createTestDatabaseUrl({ migrated: false });
  const opened = openDatabase({ url, applicationName: 'test', prepare: migrateDatabase });
  if (!opened.ok) throw new Error(opened.fault.message);
  try {
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => migrateDatabase(url)));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    const names = await opened.value.run((queries) =>
      queries.query('SELECT name FROM brazier.migration ORDER BY name'),
    );
    expect(names).toEqual({ ok: true, value: MIGRATIONS.map(({ name }) => ({ name })) });
  } finally {
    await opened.value.close();
    await dropTestDatabase(url);
  }
});

test('a database that is away, or does not let us in, is told by its code and without its password', async () => {
  const away = await migrateDatabase('postgres://brazier:hush@127.0.0.1:1/brazier');
  expect(away).toMatchObject({ ok: false, fault: { code: 'DATABASE_UNAVAILABLE' } });
  const url = await createTestDatabaseUrl({ migrated: false });
  try {
    const wrong = new URL(url);
    wrong.password = 'hush';
    const refused = await migrateDatabase(wrong.href);
    expect(refused).toMatchObject({ ok: false, fault: { code: 'DATABASE_REFUSED' } });
    expect(JSON.stringify([away, refused])).not.toContain('hush');
  } finally {
    await dropTestDatabase(url);
  }
});

test('a server that goes silent after the login is given up, and tried anew by the next who needs it', async () => {
  const server = await startSilentServer();
  server.vanish();
  const opened = openDatabase({
    url: server.url,
    applicationName: 'test',
    prepare: (url) => migrateDatabase(url, { answerMs: 500 }),
  });
  if (!opened.ok) throw new Error(opened.fault.message);
  try {
    const unavailable = { ok: false, fault: { code: 'DATABASE_UNAVAILABLE' } };
    expect(await opened.value.prepare()).toMatchObject(unavailable);
    expect(await opened.value.prepare()).toMatchObject(unavailable);
  } finally {
    server.close();
    await opened.value.close();
  }
}, 30_000);

test('whoever waits for another process’s migrations is told so after a while', async () => {
  const url = await createTestDatabaseUrl({ migrated: false });
  const other = new Client({ connectionString: url });
  other.on('error', () => undefined);
  try {
    await other.connect();
    await other.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const told = await migrateDatabase(url, { lockMs: 500 });
    expect(told).toMatchObject({ ok: false, fault: { code: 'DATABASE_UNAVAILABLE' } });
    await other.end();
    expect(await migrateDatabase(url)).toMatchObject({ ok: true });
  } finally {
    await dropTestDatabase(url);
  }
});

test('a migration may take longer than any other statement', async () => {
  const url = await createTestDatabaseUrl({ migrated: false });
  const slow = { name: '9999-slow', sql: 'SELECT pg_sleep(1.5)' };
  try {
    const told = await migrateDatabase(url, { answerMs: 1_000, statementMs: 700, migrations: [slow] });
    expect(told).toMatchObject({ ok: true });
  } finally {
    await dropTestDatabase(url);
  }
});
