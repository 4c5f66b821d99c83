import { type Migration } from './migration';

/** Who has saved a segment, as of External APIs. */
export const segmentSaversMigration: Migration = {
  name: '0006-segment-savers',
  sql: `ALTER TABLE brazier.segment_version ADD COLUMN saved_by text;`,
};
