import { type Migration } from './migration';
import { streamMigration } from './0001-stream';
import { deadLettersMigration } from './0002-dead-letters';
import { mergedProfilesMigration } from './0003-merged-profiles';
import { discardedLettersMigration } from './0004-discarded-letters';
import { selectiveIndexesMigration } from './0005-selective-indexes';
import { segmentSaversMigration } from './0006-segment-savers';
import { writtenCallsMigration } from './0007-written-calls';

/** All of them, in their order. */
export const MIGRATIONS: readonly Migration[] = [
  streamMigration,
  deadLettersMigration,
  mergedProfilesMigration,
  discardedLettersMigration,
  selectiveIndexesMigration,
  segmentSaversMigration,
  writtenCallsMigration,
];
