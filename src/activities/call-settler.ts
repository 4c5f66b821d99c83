import { type Fault } from '../contract/errors';
import { type CallVerdict } from '../domain/stream/call-answer';
import {
  afterDoubt,
  backoffMs,
  type CallRequest,
  endpointOf,
  halves,
  isAlone,
  isGivenUp,
} from '../domain/stream/call-retries';
import { type CallEndpoint } from '../domain/stream/vocabulary';
import { type CallEnd, type SendingCall } from './sending-call';
import { type SendingDoor } from './sending-door';
import { type SendingWaits } from './sending-waits';

/** What a verdict has consequences for. */
export interface CallSettlerPorts<C> {
  door: Pick<SendingDoor, 'hold' | 'answered'>;
  waits: SendingWaits;
  ended(call: C, end: CallEnd): void;
  /** Tries the request again after so many milliseconds. */
  again(request: CallRequest<C>, afterMs: number): void;
  /** What did not go after all is the first to go. */
  putBack(calls: readonly C[]): void;
  /** Requests are to hold less. */
  tooLarge(): void;
  random(): number;
}

/** Draws the consequences of what is heard of a request, or is not: for its calls, the endpoint and those who wait. */
export class CallSettler<C extends SendingCall> {
  private readonly ports: CallSettlerPorts<C>;
  private readonly answers = new Map<CallEndpoint, number>();

  constructor(ports: CallSettlerPorts<C>) {
    this.ports = ports;
  }

  /** Each call of the request has ended after it, is to be tried again, or waits. */
  settle(request: CallRequest<C>, verdict: CallVerdict): void {
    const { calls } = request;
    const endpoint = endpointOf(request);
    switch (verdict.kind) {
      case 'throttled':
        this.ports.waits.begin('pace', { code: 'BRAZE_RATE_LIMITED', message: 'Braze answered 429' });
        this.ports.again(request, 0);
        return;
      case 'notSent':
        this.ports.waits.begin('pace', { code: 'BRAZE_UNAVAILABLE', message: verdict.reason });
        this.later({ ...request, failures: request.failures + 1 });
        return;
      case 'uncertain':
        this.doubt({ ...request, calls: this.doubted(calls, verdict.reason) }, verdict.reason);
        return;
      case 'stop':
        this.refuseAll(calls, verdict);
        return;
      case 'refusedWhole':
        this.answered(endpoint);
        if (calls.length > 1) this.split(calls);
        else for (const call of calls) this.ports.ended(call, { state: 'refused', reason: verdict.reason });
        return;
      case 'perCall':
        this.answered(endpoint);
        this.settleEach(calls, verdict);
    }
  }

  private doubt(request: CallRequest<C>, reason: string): void {
    if (request.calls.length === 0) return;
    const fault: Fault = { code: 'BRAZE_UNAVAILABLE', message: reason };
    for (const next of afterDoubt(request, this.answers.get(endpointOf(request)) ?? 0)) {
      if (isGivenUp(next)) {
        this.giveUp(next, reason);
        continue;
      }
      this.ports.waits.begin(isAlone(next) ? 'alone' : 'pace', fault);
      this.later(next);
    }
  }

  /** Set aside for a person: its own can't wait for ever, nor can a merge that waits for them. */
  private giveUp({ calls, aloneTries }: CallRequest<C>, reason: string): void {
    const words = `${reason}, ${aloneTries} times in a row, and answered others meanwhile`;
    for (const call of calls) this.ports.ended(call, { state: 'unknown', reason: words });
  }

  private later(request: CallRequest<C>): void {
    this.ports.again(request, backoffMs(request, this.ports.random()));
  }

  /** What was refused together was not applied, and no person is in both. */
  private split(calls: readonly C[]): void {
    for (const half of halves(calls)) this.ports.again({ calls: half, failures: 0 }, 0);
  }

  /** What must not be repeated by itself stays unknown; the others are left to be tried again. */
  private doubted(calls: readonly C[], reason: string): C[] {
    return calls.filter((call) => {
      call.mayBeApplied = true;
      if (call.parts.isIdempotent || call.onUnknown === 'resend') return true;
      this.ports.ended(call, { state: 'unknown', reason });
      return false;
    });
  }

  private refuseAll(calls: readonly C[], { code, reason }: Extract<CallVerdict, { kind: 'stop' }>): void {
    if (code === 'BRAZE_BATCH_TOO_LARGE') {
      this.answered(endpointOf({ calls }));
      // One call can't be made smaller, and must not hold all others back.
      if (calls.length === 1) for (const call of calls) this.ports.ended(call, { state: 'refused', reason });
      else {
        this.ports.tooLarge();
        this.split(calls);
      }
      return;
    }
    // A key that is refused is refused to all; what it may not do, or where nothing is, is one endpoint's matter.
    const isOne = code === 'BRAZE_PERMISSION_MISSING' || code === 'BRAZE_ENDPOINT_INVALID';
    const endpoint = isOne ? endpointOf({ calls }) : undefined;
    this.ports.door.hold(endpoint);
    this.ports.waits.begin(endpoint ?? 'door', { code, message: reason });
    this.ports.putBack(calls);
  }

  private settleEach(calls: readonly C[], verdict: Extract<CallVerdict, { kind: 'perCall' }>): void {
    const left: C[] = [];
    calls.forEach((call, position) => {
      const refused = verdict.refused.get(position);
      if (refused !== undefined) this.ports.ended(call, { state: 'refused', reason: refused });
      else if (!verdict.ambiguous.has(position)) this.ports.ended(call, { state: 'delivered' });
      else left.push(call);
    });
    const reason = 'Braze refused some of a request and did not say which';
    // Where the others were accepted, asking again would repeat those.
    const again = verdict.isAccepted ? this.doubted(left, reason) : left;
    if (again.length === 0) return;
    const [only] = again;
    if (again.length === 1 && calls.length === 1 && only !== undefined) {
      this.ports.ended(only, { state: 'refused', reason });
      return;
    }
    this.split(again);
  }

  private answered(endpoint: CallEndpoint): void {
    this.answers.set(endpoint, (this.answers.get(endpoint) ?? 0) + 1);
    this.ports.door.answered(endpoint);
    this.ports.waits.answered(endpoint);
  }
}
