import { type Migration } from './migration';

/** Who has put a dead letter back on its way, and when; and ways to find dead letters among many calls. */
export const deadLettersMigration: Migration = {
  name: '0002-dead-letters',
  sql: `
ALTER TABLE brazier.call ADD COLUMN redriven_by text, ADD COLUMN redriven_at timestamptz;
ALTER TABLE brazier.set_aside ADD COLUMN redriven_by text;
CREATE INDEX call_dead ON brazier.call (integration, (coalesce(answered_at, planned_at)))
  WHERE state IN ('refused', 'unknown');
-- Looked at by each shard every second: small, however many calls there are.
CREATE INDEX call_redriven ON brazier.call (integration, layout, shard, id)
  WHERE state = 'planned' AND redriven_at IS NOT NULL;
`,
};
