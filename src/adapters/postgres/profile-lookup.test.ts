import { createTestDatabase } from '../../../test/postgres/database';
import { type Database } from './database';
import { findProfile } from './profile-lookup';

/** Runs everything in one transaction, and tells how often the table of profiles was read from its beginning to its end. */
function watched(database: Database): { database: Database; scans: number[] } {
  const scans: number[] = [];
  return {
    scans,
    database: {
      ...database,
      run: (work) =>
        database.transaction(async (db) => {
          const done = await work(db);
          const [row] = await db.query<{ scans: number }>(
            "SELECT seq_scan::int AS scans FROM pg_stat_xact_user_tables WHERE schemaname = 'brazier' AND relname = 'profile'",
          );
          scans.push(row?.scans ?? -1);
          return done;
        }),
    },
  };
}

test('one among many is found, with all who turned out to be the same, without a look at everybody', async () => {
  const own = await createTestDatabase();
  try {
    const made = await own.database.run(async (db) => {
      await db.execute(
        `INSERT INTO brazier.profile (id, integration, bucket, merged_into) OVERRIDING SYSTEM VALUE
         SELECT n, 'shop', 1, CASE WHEN n IN (7, 8) THEN 9 WHEN n = 6 THEN 7 END FROM generate_series(1, 20000) AS n`,
      );
      await db.execute(`INSERT INTO brazier.identity VALUES ('shop', 'externalId', 'ann', 9)`);
      await db.execute('ANALYZE brazier.profile');
    });
    expect(made.ok).toBe(true);
    const { database, scans } = watched(own.database);
    expect(await findProfile(database, 'shop', { externalId: 'ann' })).toMatchObject({
      value: { profileId: '9', mergedFrom: ['6', '7', '8'] },
    });
    expect(scans).toEqual([0]);
  } finally {
    await own.close();
  }
});
