import { type Outcome } from '../contract/errors';
import { type CallSender } from './call-sender';
import { type ShardCall } from './shard-call';

/** What keeps people back whose other profile has calls on their way. */
export interface MergedPeoplePorts {
  sender: Pick<CallSender<ShardCall>, 'add' | 'release' | 'unreleased' | 'isBusy'>;
  /** Of these people, those of whom a call under a merged profile has not ended. */
  owed(profileIds: readonly string[]): Promise<Outcome<string[]>>;
}

const LOOK_EVERY_MS = 250;

/**
 * Before the sender: calls of people who have been merged wait until those of their other profiles have ended, in whatever shard
 * those are and however long Braze does not take them. Nobody else waits for that.
 */
export class MergedPeople {
  private readonly ports: MergedPeoplePorts;
  /** Their calls that wait, in order. */
  private readonly parked = new Map<string, ShardCall[]>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(ports: MergedPeoplePorts) {
    this.ports = ports;
  }

  /** Calls that have not ended, or whose end is not released. */
  get unreleased(): number {
    let waiting = 0;
    for (const calls of this.parked.values()) waiting += calls.length;
    return this.ports.sender.unreleased + waiting;
  }

  isBusy(profileId: string): boolean {
    return this.parked.has(profileId) || this.ports.sender.isBusy(profileId);
  }

  /** From here on these people's calls wait. */
  park(profileIds: readonly string[]): void {
    for (const profileId of profileIds) if (!this.parked.has(profileId)) this.parked.set(profileId, []);
    this.lookSoon();
  }

  add(calls: readonly ShardCall[]): void {
    const free = calls.filter((call) => {
      const parked = this.parked.get(call.profileId);
      parked?.push(call);
      return parked === undefined;
    });
    this.ports.sender.add(free);
  }

  release(profileIds: readonly string[]): void {
    this.ports.sender.release(profileIds);
  }

  /** Looks no more: what waits stays as it is written. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private lookSoon(): void {
    if (this.isClosed || this.timer !== undefined || this.parked.size === 0) return;
    this.timer = setTimeout(() => void this.look(), LOOK_EVERY_MS);
  }

  private async look(): Promise<void> {
    const asked = [...this.parked.keys()];
    // A database that can't be asked ends the stay elsewhere; until then everybody waits.
    const owed = await this.ports.owed(asked).catch(() => undefined);
    this.timer = undefined;
    if (this.isClosed) return;
    if (owed?.ok === true) {
      const left = new Set(owed.value);
      for (const profileId of asked) if (!left.has(profileId)) this.letGo(profileId);
    }
    this.lookSoon();
  }

  private letGo(profileId: string): void {
    const calls = this.parked.get(profileId) ?? [];
    this.parked.delete(profileId);
    this.ports.sender.add(calls);
  }
}
