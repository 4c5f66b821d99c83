const { existsSync } = require('node:fs');
const { mkdtemp, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { writeQuickBundle } = require('./quick-timing.cjs');

const DIST = join(__dirname, '..', '..', 'dist');
const S3_KEY_ID = 'test-key-id';
const S3_SECRET = 'test-secret-key';

/** Tests must never meet a real cluster, whatever the shell that runs them is set up for. */
function forgetRealCluster() {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_CLI_PATH') delete process.env[name];
  }
}

function loadServers() {
  const dir = join(DIST, 'src', 'dev', 'servers');
  if (!existsSync(dir))
    throw new Error('The servers are not compiled yet: run "node scripts/bootstrap.mjs install" once.');
  return {
    ...require(join(dir, 'temporal.js')),
    ...require(join(dir, 'time-skipping.js')),
    ...require(join(dir, 'rclone.js')),
    ...require(join(dir, 'postgres.js')),
  };
}

/** One of each server for the whole run; the tests of it share them under task queues and prefixes of their own. */
module.exports = async function startSharedServers() {
  forgetRealCluster();
  const { startTemporalServer, startTimeSkippingServer, startS3Server, startPostgresServer } = loadServers();
  const s3Dir = await mkdtemp(join(tmpdir(), 'brazier-test-s3-'));
  const postgresDir = await mkdtemp(join(tmpdir(), 'brazier-test-postgres-'));
  const bundleDir = await mkdtemp(join(tmpdir(), 'brazier-test-bundle-'));
  const quickBundle = join(bundleDir, 'workflow-bundle.js');
  const cleanups = [s3Dir, postgresDir, bundleDir].map(
    (dir) => () => rm(dir, { recursive: true, force: true }),
  );
  globalThis.brazierTestCleanups = cleanups;
  await writeQuickBundle(quickBundle);

  const starts = await Promise.allSettled(
    [
      startTemporalServer({ logLevel: 'never' }),
      startTimeSkippingServer(),
      startS3Server({ dir: s3Dir, accessKeyId: S3_KEY_ID, secretAccessKey: S3_SECRET }),
      startPostgresServer({ dir: join(postgresDir, 'server') }),
    ].map(async (start) => {
      const server = await start;
      cleanups.unshift(server.close);
      return server;
    }),
  );
  const failed = starts.find(({ status }) => status === 'rejected');
  if (failed !== undefined) {
    // Jest runs no teardown after a setup that failed.
    for (const cleanup of cleanups) await cleanup();
    throw failed.reason;
  }

  const [temporal, timeSkipping, s3, postgres] = starts.map(({ value }) => value);
  Object.assign(process.env, {
    // Its advice is for those who choose the Node version, not for every test file.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    BRAZIER_TEST_TEMPORAL_ADDRESS: temporal.address,
    BRAZIER_TEST_TIME_SKIPPING_ADDRESS: timeSkipping.address,
    BRAZIER_TEST_S3_ENDPOINT: s3.endpoint,
    BRAZIER_TEST_S3_KEY_ID: S3_KEY_ID,
    BRAZIER_TEST_S3_SECRET: S3_SECRET,
    BRAZIER_TEST_POSTGRES_URL: postgres.url,
    BRAZIER_TEST_WORKFLOW_BUNDLE: join(DIST, 'workflow-bundle.js'),
    BRAZIER_TEST_QUICK_BUNDLE: quickBundle,
  });
};
