import { parseArgs } from 'node:util';
import { measureLimit } from './limit/shared-limit';

/**
 * Two worker processes and three runs at once on a workspace that allows 100 requests a second: how much of the limit they
 * use together, and how often they are told 429. The rate is counted over the full seconds in which all three runs have
 * slices under way; the share of 429 over every answer of the workspace, from the first to the last. Progress goes to
 * stderr, the last line of stdout is the result. `--window-seconds 1` for Braze's window of 3 seconds made shorter.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      members: { type: 'string', default: '30000' },
      'window-seconds': { type: 'string', default: '3' },
    },
  });
  const members = Number(values.members);
  const windowSeconds = Number(values['window-seconds']);
  if (!Number.isInteger(members) || members < 1)
    throw new RangeError('--members takes a whole number from 1');
  if (!(windowSeconds > 0)) throw new RangeError('--window-seconds takes a number above 0');
  process.stdout.write(`${JSON.stringify(await measureLimit(members, windowSeconds))}\n`);
}

void main();
