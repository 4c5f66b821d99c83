import { type Migration } from './migration';

/** Who has decided that a dead letter shall not be sent, and when. Until somebody has, no retention touches it. */
export const discardedLettersMigration: Migration = {
  name: '0004-discarded-letters',
  sql: `
ALTER TABLE brazier.call ADD COLUMN discarded_by text, ADD COLUMN discarded_at timestamptz;
ALTER TABLE brazier.call DROP CONSTRAINT call_state_check;
ALTER TABLE brazier.call ADD CONSTRAINT call_state_check CHECK (
  state IN ('planned', 'started', 'delivered', 'refused', 'unknown', 'superseded', 'discarded'));
ALTER TABLE brazier.set_aside ADD COLUMN discarded_by text, ADD COLUMN discarded_at timestamptz;
-- Those that may be forgotten: open ones, which stay, are not in its way.
DROP INDEX brazier.call_age;
CREATE INDEX call_age ON brazier.call (answered_at)
  WHERE answered_at IS NOT NULL AND state IN ('delivered', 'superseded', 'discarded');
CREATE INDEX set_aside_open ON brazier.set_aside (integration, at)
  WHERE redriven_at IS NULL AND discarded_at IS NULL;
`,
};
