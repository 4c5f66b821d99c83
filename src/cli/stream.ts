import { setTimeout as delay } from 'node:timers/promises';
import { type Command } from 'commander';
import { type Database } from '../adapters/postgres/database';
import { readStreamStatus } from '../adapters/postgres/stream-status';
import { EXIT_CODES } from '../contract/errors';
import { streamWorkflowId } from '../contract/names';
import {
  MOST_SHARDS,
  type SetShardsRequest,
  type ShardStatus,
  STREAM_MESSAGES,
  type StreamLayouts,
  type StreamStatus,
} from '../contract/stream';
import { number } from '../domain/describe-run';
import { noCallSentence } from '../domain/stream/describe-engagement';
import { unwrap } from './cli-error';
import { finish, type CommandHost, type CommonOptions } from './host';
import { wholeNumber } from './option-values';
import { formatTable } from './table';
import { withDatabase } from './with-database';

interface StatusOptions extends CommonOptions {
  watch?: true;
}

/** `brazier stream`: the shards of an integration's stream. */
export function addStream(program: Command, host: CommandHost): void {
  const group = program
    .command('stream')
    .description(
      'The stream of an integration: who looks after its shards, and into how many it is divided.',
    );
  const status = group
    .command('status')
    .description(
      'Show each shard with its owner, place in the log, backlog and lease, and why events caused no call.',
    )
    .argument('<integration>', 'integration whose stream it is')
    .option('--watch', 'show it again and again, until Ctrl-C');
  finish(status, ['brazier stream status shop', 'brazier stream status shop --watch --json']).action(
    (integration: string, options: StatusOptions) =>
      withDatabase(host, options, (database) => showStatus(host, database, integration, options)),
  );
  const setShards = group
    .command('set-shards')
    .description('Divide the stream’s people into another number of shards; nothing is lost or reordered.')
    .argument('<integration>', 'integration whose stream it is')
    .argument('<shards>', `from 1 to ${MOST_SHARDS}`, wholeNumber(1, MOST_SHARDS));
  finish(setShards, ['brazier stream set-shards shop 8']).action(
    (integration: string, shards: number, options: CommonOptions) =>
      host.runConnected(options, async ({ temporal }) => {
        const layouts = await temporal.workflow
          .getHandle(streamWorkflowId(integration))
          .executeUpdate<StreamLayouts, [SetShardsRequest]>(STREAM_MESSAGES.setShards, {
            args: [{ shards }],
          });
        host.io.print(options.json ? JSON.stringify(layouts) : describe(layouts));
        return EXIT_CODES.ok;
      }),
  );
}

function describe({ layout, shards, open }: StreamLayouts): string {
  const isWorkingOff = open.some((each) => each.layout !== layout);
  const rest = isWorkingOff ? ' Those of the layout before finish their work first.' : '';
  return `The stream has ${shards} shards (layout ${layout}).${rest}`;
}

async function showStatus(
  { io }: CommandHost,
  database: Database,
  integration: string,
  { watch, json }: StatusOptions,
): Promise<number> {
  const stop = new AbortController();
  const stopListening = watch ? io.onInterrupt(() => stop.abort()) : () => undefined;
  try {
    do {
      const stream = unwrap(await readStreamStatus(database, integration));
      for (const line of json ? [JSON.stringify(stream)] : statusLines(stream)) io.print(line);
      if (watch) await delay(io.pollMs, undefined, { signal: stop.signal }).catch(() => undefined);
    } while (watch && !stop.signal.aborted);
  } finally {
    stopListening();
  }
  return EXIT_CODES.ok;
}

function statusLines({ captured, unified, noCall, shards }: StreamStatus): string[] {
  const silent = noCallSentence(noCall);
  return [
    ...formatTable(COLUMNS, shards),
    `${number(captured)} events captured, ${number(unified)} unified`,
    ...(silent === undefined ? [] : [silent]),
  ];
}

const COLUMNS = [
  { title: 'LAYOUT', of: ({ layout }: ShardStatus) => String(layout) },
  { title: 'SHARD', of: ({ shard }: ShardStatus) => String(shard) },
  { title: 'STATE', of: stateOf },
  { title: 'CURSOR', of: ({ cursor }: ShardStatus) => cursor },
  { title: 'BACKLOG', of: ({ backlog }: ShardStatus) => backlog },
  { title: 'OPEN CALLS', of: ({ openCalls }: ShardStatus) => openCalls },
  { title: 'EPOCH', of: ({ epoch }: ShardStatus) => epoch },
  { title: 'LEASE UNTIL', of: ({ leaseUntil }: ShardStatus) => leaseUntil ?? undefined },
  { title: 'OWNER', of: ({ owner }: ShardStatus) => owner ?? undefined },
];

function stateOf({ isHeld, isReplaced, owner }: ShardStatus): string {
  if (!isHeld) return owner === null ? 'free' : 'lease ran out';
  return isReplaced ? 'finishing' : 'held';
}
