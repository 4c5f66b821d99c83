import { type OpenCall } from '../domain/stream/shard-work';
import { type ShardStore } from '../adapters/postgres/shard-store';
import { type ShardOutbox } from './shard-outbox';
import { valueOf } from './shard-trouble';

/** What taking calls up again works with. */
export interface RedrivenPorts {
  epoch: number;
  store: Pick<ShardStore, 'redriven' | 'supersede'>;
  outbox: Pick<ShardOutbox, 'isBusy' | 'resume'>;
  readonly onUnknown: (engagement: string) => 'hold' | 'resend';
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const LOOK_EVERY_MS = 1_000;
const MOST_AT_ONCE = 200;
/** Below every id. */
const FIRST = '0';

/**
 * Takes up what people have put back on its way, behind whatever its person has under way: an old call never goes beside a
 * newer one, and where a newer one has arrived, values that it would undo are not sent.
 */
export class RedrivenCalls {
  private readonly ports: RedrivenPorts;
  private lastLookMs = -Infinity;
  /** On their way, by id and the moment of their re-drive. */
  private taken = new Set<string>();
  /** Where the next look goes on: those that cannot go yet must not hide the others. */
  private afterId = FIRST;
  /** All of this round so far. */
  private seen = new Set<string>();

  constructor(ports: RedrivenPorts) {
    this.ports = ports;
  }

  /** Called between stretches of the log: while it works, nobody gets another call. */
  async take(): Promise<void> {
    const { store, outbox, now, onUnknown } = this.ports;
    if (now() - this.lastLookMs < LOOK_EVERY_MS) return;
    this.lastLookMs = now();
    const { afterId } = this;
    const found = valueOf(await store.redriven(MOST_AT_ONCE, afterId));
    this.goOn(found);
    const idle = new Set(
      found
        .filter((call) => !this.taken.has(nameOf(call)) && !outbox.isBusy(call.profileId))
        .map((call) => nameOf(call)),
    );
    if (idle.size === 0) return;
    // Once more: a later call may have arrived after the first look, and whoever is idle now gets no other meanwhile.
    const again = valueOf(await store.redriven(MOST_AT_ONCE, afterId)).filter((call) =>
      idle.has(nameOf(call)),
    );
    const overtaken = again.filter(({ isOvertaken }) => isOvertaken).map(({ id }) => id);
    if (!(await this.supersede(overtaken))) return;
    const sent = again.filter(({ isOvertaken }) => !isOvertaken);
    for (const call of sent) this.taken.add(nameOf(call));
    await outbox.resume(sent, onUnknown);
  }

  private goOn(found: readonly OpenCall[]): void {
    for (const call of found) this.seen.add(nameOf(call));
    const last = found.at(-1);
    if (last !== undefined && found.length === MOST_AT_ONCE) {
      this.afterId = last.id;
      return;
    }
    // Whoever was in no look of a whole round is on the way no more.
    this.taken = new Set([...this.taken].filter((name) => this.seen.has(name)));
    this.seen = new Set();
    this.afterId = FIRST;
  }

  /** False if the shard is somebody else's by now: the next commit or renewal ends the stay, until then nothing is taken up. */
  private async supersede(ids: readonly string[]): Promise<boolean> {
    const { store, epoch } = this.ports;
    return ids.length === 0 || valueOf(await store.supersede(epoch, ids));
  }
}

function nameOf({ id, redrivenAt = '' }: OpenCall): string {
  return `${id} ${redrivenAt}`;
}
