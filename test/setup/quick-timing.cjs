const { readFile, writeFile } = require('node:fs/promises');
const { join } = require('node:path');

const DIST = join(__dirname, '..', '..', 'dist');

/** How long the times of src/contract/timing.ts are for stacks whose tests would only wait for the product's own. */
const SHARE = 0.4;

/** All of them by the same share, so that they stand to each other as the product's do. */
function quickTimes() {
  const { TIMING } = require(join(DIST, 'src', 'contract', 'timing.js'));
  return Object.fromEntries(Object.entries(TIMING).map(([name, ms]) => [name, Math.round(ms * SHARE)]));
}

/** Sets them in this process; nothing may have read one of them before. */
function hurry() {
  const { TIMING } = require(join(DIST, 'src', 'contract', 'timing.js'));
  Object.assign(TIMING, quickTimes());
}

/** Writes the workflows' bundle with these times, since a workflow sees nothing of the process that it runs in. */
async function writeQuickBundle(file) {
  let code = await readFile(join(DIST, 'workflow-bundle.js'), 'utf8');
  for (const [name, ms] of Object.entries(quickTimes())) {
    const around = code.split(new RegExp(`\\b${name}: [\\d_]+`));
    if (around.length !== 2)
      throw new Error(`The workflow bundle sets ${name} ${around.length - 1} times instead of once.`);
    code = around.join(`${name}: ${ms}`);
  }
  await writeFile(file, code);
}

module.exports = { hurry, writeQuickBundle };
