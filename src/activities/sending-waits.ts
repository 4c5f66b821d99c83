import { type Fault } from '../contract/errors';
import { type CallEndpoint } from '../domain/stream/vocabulary';

/** What holds calls back: all of them, those of one endpoint, or a call that waits alone. */
export type HeldBack = 'door' | 'pace' | CallEndpoint | 'alone';

/** What calls wait for, told as one reason: an endpoint that is refused stays told while others are answered. */
export class SendingWaits {
  private readonly tell: (fault: Fault | undefined) => void;
  private readonly faults = new Map<HeldBack, Fault>();
  /** Until the first answer it may have been waited for since before. */
  private isTold = true;

  constructor(tell: (fault: Fault | undefined) => void) {
    this.tell = tell;
  }

  begin(what: HeldBack, fault: Fault): void {
    this.faults.set(what, fault);
    this.tellFirst();
  }

  end(what: HeldBack): void {
    if (this.faults.delete(what)) this.tellFirst();
  }

  /** Braze takes requests of the endpoint. */
  answered(endpoint: CallEndpoint): void {
    for (const what of ['door', 'pace', endpoint] as const) this.faults.delete(what);
    if (this.isTold) this.tellFirst();
  }

  private tellFirst(): void {
    const first = this.faults.get('door') ?? this.faults.get('pace') ?? [...this.faults.values()][0];
    this.isTold = first !== undefined;
    this.tell(first);
  }
}
