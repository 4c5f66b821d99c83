import { type Migration } from './migration';

/**
 * The same keys with the column that tells most first: each step down an index then compares one text and not two that are
 * equal almost everywhere and a third.
 */
export const selectiveIndexesMigration: Migration = {
  name: '0005-selective-indexes',
  sql: `
DROP INDEX brazier.event_log_once;
CREATE UNIQUE INDEX event_log_once ON brazier.event_log (event_id, source, integration) WHERE kind = 'event';
ALTER TABLE brazier.identity DROP CONSTRAINT identity_pkey;
ALTER TABLE brazier.identity ADD PRIMARY KEY (value, kind, integration);
`,
};
