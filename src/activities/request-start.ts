import { setMaxListeners } from 'node:events';
import { type BrazeReply } from '../adapters/braze/connection';
import { type CallVerdict, readCallAnswer, withoutAnswer } from '../domain/stream/call-answer';
import { joinBodies } from '../domain/stream/call-parts';
import { endpointOf } from '../domain/stream/call-retries';
import { type CallEndpoint } from '../domain/stream/vocabulary';
import { type BrazeDoor, type SendingCall } from './sending-call';
import { type SendGate } from './slice-sender';

/** What decides whether a request may start. */
export interface RequestStartPorts<C> {
  gate: SendGate;
  /** Aborts when the sender stops. */
  stopping: AbortSignal;
  markStarted(calls: readonly C[]): Promise<boolean>;
  /** Whether requests of the endpoint go through this door at present. */
  isCurrent(door: BrazeDoor, endpoint: CallEndpoint): boolean;
}

/** The last steps before a request: leave of the gate and of the budget, and the mark of what must not be repeated by mistake. */
export class RequestStart<C extends SendingCall> {
  private readonly ports: RequestStartPorts<C>;
  /** Aborts when no request may start any more, here or at all. */
  private readonly halt: AbortSignal;

  constructor(ports: RequestStartPorts<C>) {
    this.ports = ports;
    this.halt = AbortSignal.any([ports.gate.signal, ports.stopping]);
    // Every request may wait for its turn under this signal: many listeners are no leak.
    setMaxListeners(0, this.halt);
  }

  /** Whether the request may start: `now` with leave of the budget. */
  async start(door: BrazeDoor, calls: readonly C[]): Promise<'now' | 'later' | 'never'> {
    const { gate } = this.ports;
    const { budget } = door;
    const isCurrent = () => this.ports.isCurrent(door, endpointOf({ calls }));
    for (;;) {
      if (!(await this.gateOpened())) return 'never';
      const turn = budget.take(this.halt);
      if (turn !== undefined && !(await turn)) return 'never';
      // Only now: whoever is killed while the budget holds back leaves nothing that may have been sent.
      if (isCurrent() && this.isOpen() && !(await this.mark(calls))) {
        budget.release();
        return 'never';
      }
      // Waiting may have taken long enough for the gate to close: look again, for this is the promise that counts.
      if (isCurrent() && this.isOpen() && unmarkedOf(calls).length === 0) return 'now';
      budget.release();
      if (!isCurrent() && gate.isOpen()) return 'later';
    }
  }

  private isOpen(): boolean {
    return !this.halt.aborted && this.ports.gate.isOpen();
  }

  private async gateOpened(): Promise<boolean> {
    const { halt } = this;
    if (halt.aborted) return false;
    if (this.ports.gate.isOpen()) return true;
    return new Promise((resolve, reject) => {
      const never = () => resolve(false);
      halt.addEventListener('abort', never, { once: true });
      void this.ports.gate
        .opened()
        .finally(() => halt.removeEventListener('abort', never))
        .then(resolve, reject);
    });
  }

  private async mark(calls: readonly C[]): Promise<boolean> {
    const unmarked = unmarkedOf(calls);
    if (unmarked.length === 0) return true;
    // Before the answer, for that may be lost while the mark is written.
    for (const call of unmarked) call.isMarked = true;
    return this.ports.markStarted(unmarked);
  }
}

function unmarkedOf<C extends SendingCall>(calls: readonly C[]): C[] {
  return calls.filter((call) => !call.isMarked && !call.parts.isIdempotent);
}

/** Sends the calls in one request, for which the budget has given leave, and reads what Braze says of them. */
export async function postCalls(door: BrazeDoor, calls: readonly SendingCall[]): Promise<CallVerdict> {
  const parts = calls.map((call) => call.parts);
  for (const call of calls) call.attempts += 1;
  let reply: BrazeReply;
  try {
    reply = await door.send(endpointOf({ calls }), joinBodies(parts));
    if (reply.kind === 'answer') door.budget.observe(reply.status, reply.headers);
  } finally {
    door.budget.release();
  }
  if (reply.kind === 'notSent') {
    for (const call of calls) call.attempts -= 1;
    return { kind: 'notSent', reason: reply.reason };
  }
  return reply.kind === 'lost'
    ? withoutAnswer(reply.reason)
    : readCallAnswer(reply.status, reply.body, parts);
}
