import { createTestDatabaseUrl, dropTestDatabase } from '../../../test/postgres/database';
import { openDatabase } from './database';
import { migrateDatabase } from './migrate';
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
