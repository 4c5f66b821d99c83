import { type Migration } from './migration';
import { streamMigration } from './0001-stream';

/** All of them, in their order. */
export const MIGRATIONS: readonly Migration[] = [streamMigration];
