import { setTimeout as delay } from 'node:timers/promises';
import { type Command } from 'commander';
import { type CallTail, createCallTail } from '../adapters/postgres/call-tail';
import { EXIT_CODES } from '../contract/errors';
import { type EndedCall } from '../contract/stream';
import { withoutPerson } from '../contract/without-person';
import { unwrap } from './cli-error';
import { finish, type CommandHost, type CommonOptions } from './host';
import { refuseUnknown } from './known-integration';
import { duration, wholeNumber } from './option-values';
import { withDatabase } from './with-database';

interface TailOptions extends CommonOptions {
  engagement?: string;
  since: number;
  count?: number;
  showPeople?: true;
}

/** `brazier engagement tail`: calls as they end, each on a line. */
export function addEngagementTail(group: Command, host: CommandHost): void {
  const command = group
    .command('tail')
    .description('Print each call to Braze as it ends, until Ctrl-C.')
    .argument('<integration>', 'integration whose calls are followed')
    .option('--engagement <name>', 'only those of this engagement')
    .option('--since <duration>', 'begin so far back, such as 90s, 15m or 6h', duration, 0)
    .option('--count <n>', 'end after so many', wholeNumber(1, 1_000_000))
    .option('--show-people', 'also print whom each call was about, and reasons in Braze’s words');
  finish(command, [
    'brazier engagement tail shop',
    'brazier engagement tail shop --engagement third-purchase --since 1h --count 20 --json',
  ]).action((integration: string, options: TailOptions) => {
    const begunMs = performance.now();
    return withDatabase(host, options, async (database) => {
      const { engagement } = options;
      await refuseUnknown(host, database, integration);
      // What ends while this command connects is told as well.
      const sinceSeconds = options.since + (performance.now() - begunMs) / 1_000;
      const stop = new AbortController();
      const stopListening = host.io.onInterrupt(() => stop.abort());
      try {
        await follow(
          host,
          createCallTail(database, { integration, engagement, sinceSeconds }),
          options,
          stop.signal,
        );
      } finally {
        stopListening();
      }
      return EXIT_CODES.ok;
    });
  });
}

/** A database that is away for a while is waited for: nothing that ends meanwhile is left out. */
async function follow(
  { io }: CommandHost,
  tail: CallTail,
  options: TailOptions,
  signal: AbortSignal,
): Promise<void> {
  if (!(await tellBegin(io, tail, signal))) return;
  let left = options.count ?? Infinity;
  const isOver = () => signal.aborted || left <= 0;
  while (!isOver()) {
    for await (const call of tail.next()) {
      if (!call.ok && call.fault.code === 'DATABASE_UNAVAILABLE') io.tell(call.fault.message);
      else io.print(lineOf(unwrap(call), options));
      if (call.ok) left -= 1;
      if (isOver()) return;
    }
    await delay(io.pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Says from when on calls are followed, as soon as the database can be asked; false after Ctrl-C. */
async function tellBegin(io: CommandHost['io'], tail: CallTail, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const begin = await tail.begin();
    if (!begin.ok && begin.fault.code === 'DATABASE_UNAVAILABLE') {
      io.tell(begin.fault.message);
      await delay(io.pollMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    io.tell(`Following calls that end from ${unwrap(begin).toISOString()} on; Ctrl-C ends this.`);
    return true;
  }
  return false;
}

function lineOf(call: EndedCall, { json, showPeople }: TailOptions): string {
  const { profileId, externalId } = call;
  const told = showPeople ? call : withoutPerson(call, '--show-people');
  if (json) return JSON.stringify(told);
  const words = [
    call.at,
    call.engagement,
    call.action,
    call.eventId ?? '-',
    call.state,
    call.latencyMs === undefined ? '-' : `${call.latencyMs} ms`,
    ...(showPeople ? [`profile ${profileId}`, externalId ?? '-'] : []),
    ...(told.reason === undefined ? [] : [told.reason]),
  ];
  return words.join('  ');
}
