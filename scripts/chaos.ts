import { parseArgs } from 'node:util';
import { QUIET } from '../src/dev/dev-stack';
import { runChaos, type ChaosResult } from './chaos/chaos-run';
import { runScheduledChaos, type ScheduledResult } from './chaos/scheduled-run';

const AUDIENCES = 8;
const SCHEDULED_AUDIENCES = 4;
const SCHEDULED_MINUTES = 10;
const EVERY_SECONDS = 60;
const USAGE = `npm run chaos -- [--seed S] [--runs N | --minutes M] [--audiences A]

  Refreshes audiences on servers of its own while workers, the gateway and the Temporal server are killed, frozen and
  started again, runs are terminated, reset and cancelled, files are replaced while they are read, and Braze answers slowly,
  half or not at all. After each round every profile and every ledger is compared with the truth.

  --seed S       what goes wrong, and in which order; any whole number. One is drawn and told if none is given
  --runs N       ends after the round in which N audiences have been refreshed (default 16)
  --minutes M    ends after the round in which M minutes have passed
  --audiences A  how many are refreshed at once (default ${AUDIENCES}; ${SCHEDULED_AUDIENCES} if scheduled)
  --scheduled    Temporal Schedules refresh for M minutes (default ${SCHEDULED_MINUTES}); kills come at random moments, files are replaced and
                 damaged meanwhile. Then one refresh in peace, and everything is compared
  --every-seconds E  how often the schedules fire, from 10 (default ${EVERY_SECONDS})

  The last line of standard output is one of JSON; the exit code is 1 if anything in it is not as it should be.

  Examples: npm run chaos -- --seed 7 --runs 40
            npm run chaos -- --scheduled --minutes 10 --seed 7
`;

async function main(): Promise<number> {
  Object.assign(process.env, QUIET);
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      runs: { type: 'string' },
      minutes: { type: 'string' },
      audiences: { type: 'string' },
      scheduled: { type: 'boolean' },
      'every-seconds': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const seed = whole(values.seed ?? String(Math.floor(Math.random() * 1_000_000)), '--seed');
  const log = (line: string) => process.stdout.write(`${line}\n`);
  if (values.scheduled) {
    const result = await runScheduledChaos({
      ...{ seed, log },
      audiences: whole(values.audiences ?? String(SCHEDULED_AUDIENCES), '--audiences'),
      minutes: whole(values.minutes ?? String(SCHEDULED_MINUTES), '--minutes'),
      everySeconds: whole(values['every-seconds'] ?? String(EVERY_SECONDS), '--every-seconds'),
    });
    return concludeScheduled(result);
  }
  const runs = values.minutes === undefined ? whole(values.runs ?? '16', '--runs') : Infinity;
  const minutes = values.minutes === undefined ? Infinity : whole(values.minutes, '--minutes');
  const untilMs = performance.now() + minutes * 60_000;
  const result = await runChaos({
    seed,
    audiences: whole(values.audiences ?? String(AUDIENCES), '--audiences'),
    goesOn: (refreshes) => refreshes < runs && performance.now() < untilMs,
    log,
  });
  return conclude(result);
}

function whole(text: string, option: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new RangeError(`${option} takes a whole number from 1`);
  return number;
}

function conclude({ notReached, ...result }: ChaosResult): number {
  for (const line of notReached) process.stdout.write(`not reached: ${line}\n`);
  return verdict(result, { notReached: notReached.length });
}

function concludeScheduled({ mails, ...result }: ScheduledResult): number {
  for (const [subject, count] of Object.entries(mails)) process.stdout.write(`${count} × ${subject}\n`);
  return verdict(result, { mails: Object.values(mails).reduce((sum, count) => sum + count, 0) });
}

const SHOWN = 20;

/** The first things that are wrong, and the line for machines. */
function verdict(
  result: Omit<ChaosResult, 'notReached'> | Omit<ScheduledResult, 'mails'>,
  more: Record<string, number>,
): number {
  const { mismatches, ledgerMismatches, extraRequests, ...counts } = result;
  const wrong = [...mismatches, ...ledgerMismatches, ...extraRequests];
  for (const line of wrong.slice(0, SHOWN)) process.stdout.write(`✗ ${line}\n`);
  const summary = {
    ...counts,
    ...more,
    mismatches: mismatches.length,
    ledgerMismatches: ledgerMismatches.length,
    extraRequests: extraRequests.length,
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return wrong.length + result.overtaking === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(70);
  },
);
