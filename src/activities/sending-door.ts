import { type Outcome } from '../contract/errors';
import { type CallEndpoint } from '../domain/stream/vocabulary';
import { type BrazeDoor } from './sending-call';

/** What the door is opened with. */
export interface SendingDoorPorts {
  open(): Promise<Outcome<BrazeDoor>>;
  /** Told when it was opened, or could not be. */
  opened(outcome: Outcome<BrazeDoor>): void;
  failed(error: unknown): void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface Hold {
  until: number;
  stops: number;
}

const FIRST_STOP_MS = 1_000;
const LONGEST_STOP_MS = 60_000;

/**
 * The way to Braze: opened anew after Braze has refused something, since the key or the settings may have been mended, and
 * held shut meanwhile. What was refused of one endpoint alone shuts that endpoint, and the others go on.
 */
export class SendingDoor {
  private readonly ports: SendingDoorPorts;
  private door: BrazeDoor | undefined;
  private whole: Hold = { until: -Infinity, stops: 0 };
  private readonly endpoints = new Map<CallEndpoint, Hold & { isOpenedAnew: boolean }>();
  private opening: Promise<void> | undefined;

  constructor(ports: SendingDoorPorts) {
    this.ports = ports;
  }

  /** The door, if something may go through it now; else it is being opened, or held until `nextAt`. */
  current(now: number): BrazeDoor | undefined {
    for (const hold of this.endpoints.values()) {
      if (now < hold.until || hold.isOpenedAnew) continue;
      hold.isOpenedAnew = true;
      this.door = undefined;
    }
    if (this.door === undefined && now >= this.whole.until) this.open();
    return this.door;
  }

  isCurrent(door: BrazeDoor, endpoint: CallEndpoint): boolean {
    return this.door === door && this.isOpenFor(endpoint, this.ports.now());
  }

  isOpenFor(endpoint: CallEndpoint, now: number): boolean {
    return now >= (this.endpoints.get(endpoint)?.until ?? -Infinity);
  }

  /** When something that is held now may be tried again. */
  nextAt(now: number): number {
    const holds = [this.whole, ...this.endpoints.values()].map(({ until }) => until);
    return Math.min(Infinity, ...holds.filter((until) => until > now));
  }

  hold(endpoint?: CallEndpoint): void {
    const hold = endpoint === undefined ? this.whole : this.endpoints.get(endpoint);
    const now = this.ports.now();
    // Requests that were under way beside the first that was refused say nothing new.
    if (hold !== undefined && now < hold.until) return;
    const stops = hold?.stops ?? 0;
    const held = { until: now + Math.min(LONGEST_STOP_MS, FIRST_STOP_MS * 2 ** stops), stops: stops + 1 };
    if (endpoint !== undefined) {
      this.endpoints.set(endpoint, { ...held, isOpenedAnew: false });
      return;
    }
    this.whole = held;
    this.door = undefined;
  }

  /** Braze takes requests of it. */
  answered(endpoint: CallEndpoint): void {
    this.whole.stops = 0;
    this.endpoints.delete(endpoint);
  }

  /** Until nothing of it is under way. */
  async settled(): Promise<void> {
    await this.opening;
  }

  private open(): void {
    this.opening ??= this.openOnce().catch((error: unknown) => this.ports.failed(error));
  }

  private async openOnce(): Promise<void> {
    const outcome = await this.ports.open().finally(() => (this.opening = undefined));
    if (outcome.ok) this.door = outcome.value;
    else this.hold();
    this.ports.opened(outcome);
  }
}
