import { type OpenCall } from '../domain/stream/shard-work';
import { type ShardStore } from '../adapters/postgres/shard-store';
import { type CarriedEnd } from './shard-call';
import { type ShardOutbox } from './shard-outbox';
import { valueOf } from './shard-trouble';

/** What taking up left calls works with. */
export interface LeftCallsPorts {
  store: Pick<ShardStore, 'leftCalls'>;
  outbox: Pick<ShardOutbox, 'endOpen' | 'flush' | 'resume'>;
  readonly onUnknown: (engagement: string) => 'hold' | 'resend';
  /** The shard is to be let go. */
  readonly isEnding: () => boolean;
  /** Wall clock. */
  readonly now: () => number;
}

/** The calls that an earlier stay at a shard has left without an end. */
export class LeftCalls {
  /** What the stay before knew is written, or among what the outbox knows. */
  areTaken = false;
  private readonly ports: LeftCallsPorts;

  constructor(ports: LeftCallsPorts) {
    this.ports = ports;
  }

  /** Ends those of which an end is known, by this process (`carried`) or by their state, and has the others sent. */
  async take(carried: ReadonlyMap<string, CarriedEnd>): Promise<void> {
    const { store, outbox, isEnding, onUnknown } = this.ports;
    const resumed: OpenCall[] = [];
    for (const call of valueOf(await store.leftCalls([...carried.keys()]))) {
      const last = carried.get(call.id);
      // What was known of it before a person has put it back says nothing of it now.
      const known = last?.redrivenAt === call.redrivenAt ? last : undefined;
      const end = known ?? this.endOfStarted(call);
      if (end !== undefined) outbox.endOpen(call, end);
      if (end?.end.state === 'planned') resumed.push({ ...call, state: 'planned' });
      // What was put back and nobody has begun to send goes behind the others of its person: the reader takes it up.
      else if (end === undefined && (call.state === 'started' || call.redrivenAt === undefined))
        resumed.push(call);
    }
    this.areTaken = true;
    // Their people's next calls are to go only when these ends are written, as everywhere.
    await outbox.flush(isEnding);
    if (!isEnding()) await outbox.resume(resumed, onUnknown);
  }

  /** Of a call that an earlier owner may have sent, and that must not be sent twice by mistake. */
  private endOfStarted({ state, engagement, attempts }: OpenCall): CarriedEnd | undefined {
    if (state !== 'started' || this.ports.onUnknown(engagement) !== 'hold') return undefined;
    return {
      end: { state: 'unknown', reason: 'the worker that was sending it has ended' },
      attempts: Math.max(1, attempts),
      endedAtMs: this.ports.now(),
    };
  }
}
