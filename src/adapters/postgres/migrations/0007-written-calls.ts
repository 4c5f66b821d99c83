import { type Migration } from './migration';

/**
 * When a call's end was written down: by this ends are told in an order into which nothing comes behind what was told already.
 * Braze's answer is no such moment, since a shard carries its ends over an outage of the database. A row has it by itself, also
 * where a process of the version before writes it. What is discarded keeps that of its death, from which its age counts.
 */
export const writtenCallsMigration: Migration = {
  name: '0007-written-calls',
  sql: `
ALTER TABLE brazier.call ADD COLUMN written_at timestamptz;
UPDATE brazier.call SET written_at = coalesce(answered_at, planned_at);
ALTER TABLE brazier.call ALTER COLUMN written_at SET DEFAULT clock_timestamp(), ALTER COLUMN written_at SET NOT NULL;
-- One serves whoever follows ends and the retention. Dead letters, which stay, are not in the way of the second.
DROP INDEX brazier.call_age;
CREATE INDEX call_ended ON brazier.call (integration, written_at, id)
  WHERE state IN ('delivered', 'superseded', 'discarded');
-- Not touched by what is delivered at once, which is most.
CREATE INDEX call_failed ON brazier.call (integration, written_at, id) WHERE state IN ('refused', 'unknown');
`,
};
