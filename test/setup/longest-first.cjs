const { relative } = require('node:path');

/** Roughly how many seconds the longest suites take. They begin first, so that none of them runs on alone at the end. */
const LONG = {
  'test/e2e/chaos.test.ts': 300,
  'test/e2e/frozen-worker.test.ts': 120,
  'test/e2e/temporal-away.test.ts': 105,
  'test/e2e/stream-kills.test.ts': 100,
  'test/e2e/secrets.test.ts': 100,
  'test/e2e/kills.test.ts': 100,
  'test/e2e/lost-entity.test.ts': 90,
  'src/activities/damaged-source.test.ts': 60,
  'test/e2e/other-languages.test.ts': 60,
  'test/e2e/profile-imports.test.ts': 55,
  'test/e2e/schedules.test.ts': 55,
  'test/workflows/terminated-run.test.ts': 50,
  'src/activities/run-shard-crashes.test.ts': 35,
};
const OTHER_END_TO_END = 40;

/**
 * Jest's own order is by what it remembers of the last run, which a clean clone has none of, and else by the size of the
 * file, which says nothing about how long a test waits.
 */
class LongestFirst {
  sort(tests) {
    const cost = ({ path, context }) => {
      const name = relative(context.config.rootDir, path).replaceAll('\\', '/');
      return LONG[name] ?? (name.startsWith('test/e2e/') ? OTHER_END_TO_END : 0);
    };
    return [...tests].sort((a, b) => cost(b) - cost(a) || a.path.localeCompare(b.path));
  }

  shard(tests, { shardIndex, shardCount }) {
    return tests.filter((_, index) => index % shardCount === shardIndex - 1);
  }

  /** Nothing is remembered of an earlier run, so all of them may have failed. */
  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}

module.exports = LongestFirst;
