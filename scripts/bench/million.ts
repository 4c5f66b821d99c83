import { parseArgs } from 'node:util';
import { measureEndToEnd } from './million/end-to-end';
import { measureLimited } from './million/limited';
import { startStateServer } from './million/prepared-plan';
import { measureRatio } from './million/ratio';

/**
 * One million members end to end, then sending alone against a bare loop and under a limit. Progress goes to stderr,
 * the last line of stdout is the result. `--members 100000` for a quick look.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { members: { type: 'string', default: '1000000' } } });
  const members = Number(values.members);
  if (!Number.isInteger(members) || members < 1)
    throw new RangeError('--members takes a whole number from 1');
  const endToEnd = await measureEndToEnd(members);
  const state = await startStateServer();
  try {
    const ratio = await measureRatio(state, members);
    const limited = await measureLimited(state);
    process.stdout.write(`${JSON.stringify({ ...endToEnd, ratio, limited })}\n`);
  } finally {
    await state.close();
  }
}

void main();
