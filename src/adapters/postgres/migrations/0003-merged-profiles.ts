import { type Migration } from './migration';

/** Finds those who turned out to be a person without a look at everybody; few profiles have merged, so the index is small. */
export const mergedProfilesMigration: Migration = {
  name: '0003-merged-profiles',
  sql: `
CREATE INDEX profile_merged_into ON brazier.profile (merged_into) WHERE merged_into IS NOT NULL;
`,
};
