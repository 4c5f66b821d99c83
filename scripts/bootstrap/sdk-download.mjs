// A program of its own, because the Temporal SDK can only download a server by starting it:
//   node sdk-download.mjs <temporal | temporal-test-server> <version> <folder>   prints the path of what it downloaded
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const [binary, version, dir] = process.argv.slice(2);
const { TestWorkflowEnvironment } = await import('@temporalio/testing');

const executable = {
  type: 'cached-download',
  downloadDir: dir,
  version: binary === 'temporal' ? `v${version}` : 'default',
};
const environment =
  binary === 'temporal'
    ? await TestWorkflowEnvironment.createLocal({ server: { executable } })
    : await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
await environment.teardown();

const [file] = await readdir(dir);
console.log(join(dir, file));
