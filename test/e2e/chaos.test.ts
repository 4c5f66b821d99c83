import { join } from 'node:path';
import { runChaos } from '../../scripts/chaos/chaos-run';
import { KILL_POINTS } from '../../scripts/chaos/kill-points';
import { QUICK_TIMES } from './test-stack';

const PROCESS_ENTRY = join(__dirname, '..', '..', 'dist', 'src', 'dev', 'process-main.js');
const SEED = 1;
const AUDIENCES = 11;

it('whatever is killed, and wherever: profiles, ledgers and requests are what they should be', async () => {
  const lines: string[] = [];
  const result = await runChaos({
    seed: SEED,
    audiences: AUDIENCES,
    goesOn: (refreshes) => refreshes < AUDIENCES,
    log: (line) => lines.push(line),
    entry: PROCESS_ENTRY,
    env: QUICK_TIMES,
  });
  // What a failure shows is the whole sequence, with which it can be repeated: npm run chaos -- --seed 1 --runs 11 --audiences 11
  const wrong = { ...result, log: lines };
  expect(wrong).toMatchObject({ mismatches: [], ledgerMismatches: [], extraRequests: [], overtaking: 0 });
  expect(result.profilesCompared).toBeGreaterThan(10_000);
  expect(result.refreshes).toBe(AUDIENCES);
  expect(result.kills).toBeGreaterThanOrEqual(30);
  expect(Object.keys(result.byKind).sort()).toEqual(
    [...new Set(KILL_POINTS.map(({ category }) => category))].sort(),
  );
  expect(Object.keys(result.braze)).toEqual(
    expect.arrayContaining(['slow', 'truncatedBody', 'timeoutAfterApply', '502', '503']),
  );
}, 900_000);
