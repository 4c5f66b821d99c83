import { type Dispatcher } from 'undici';
import { z } from 'zod';
import { type ReplyHeaders } from '../../domain/rate-signal';

/**
 * What came of a request. `notSent`: nothing can have reached Braze. `lost`: it may have been applied, nobody can say.
 */
export type BrazeReply =
  | { kind: 'answer'; status: number; headers: ReplyHeaders; body: string }
  | { kind: 'notSent'; reason: string }
  | { kind: 'lost'; reason: string };

/**
 * One request on the HTTP client's own level: at its comfortable level a body stream and an abort signal per request cost
 * more than the rest of the request. The time counts from the call to the last byte, time in the client's queue included.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  timeoutMs: number,
): Promise<BrazeReply> {
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(resolve, timeoutMs);
    try {
      dispatcher.dispatch(request, handler);
    } catch (error) {
      handler.fail(error);
    }
  });
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  private readonly resolve: (reply: BrazeReply) => void;
  private readonly timer: NodeJS.Timeout;
  private readonly expiresAt: number;
  /** There from the moment in which the request is written to a socket; until then nothing has left. */
  private controller: Dispatcher.DispatchController | undefined;
  private settled = false;
  private status = 0;
  private headers: ReplyHeaders = {};
  private readonly chunks: Buffer[] = [];

  constructor(resolve: (reply: BrazeReply) => void, timeoutMs: number) {
    this.resolve = resolve;
    this.expiresAt = performance.now() + timeoutMs;
    this.timer = setTimeout(() => this.expire(timeoutMs), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Told as not sent already, or by a process that stood still and whose timers come only after its sockets: whoever has
    // taken its work over counts on nothing leaving so late.
    if (this.settled || performance.now() > this.expiresAt)
      controller.abort(new Error('expired in the queue'));
    else this.controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ReplyHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const { status, headers, chunks } = this;
    const [first] = chunks;
    const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
    this.settle({ kind: 'answer', status, headers, body: bytes.toString() });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    this.settle({ kind: this.controller === undefined ? 'notSent' : 'lost', reason: describe(error) });
  }

  private expire(timeoutMs: number): void {
    const expired = new Error(`no whole answer in ${timeoutMs} ms`);
    this.fail(expired);
    this.controller?.abort(expired);
  }

  private settle(reply: BrazeReply): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    this.resolve(reply);
  }
}

const systemErrorSchema = z.object({ code: z.string().catch(''), message: z.string().catch('') });

function describe(error: unknown): string {
  const parsed = systemErrorSchema.safeParse(error instanceof AggregateError ? error.errors[0] : error);
  if (!parsed.success) return 'unknown failure';
  const { code, message } = parsed.data;
  return code === '' || message.includes(code) ? message : `${code}: ${message}`;
}
