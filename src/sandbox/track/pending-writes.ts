import { countWrites, type TrackWrites } from './track-writes';

interface Pending {
  dueMs: number;
  order: number;
  writes: TrackWrites;
  applied: () => void;
}

/** How many requests are applied before other work gets its turn. */
const SLICE = 100;

/**
 * Accepted requests that wait to be applied: Braze answers 201 before anything can be seen. Requests come out by the time
 * at which they are due, so differing delays reorder them, as Braze warns that it may.
 */
export class PendingWrites {
  private readonly heap: Pending[] = [];
  private timer: { dueMs: number; handle: NodeJS.Timeout } | undefined;
  private arrivals = 0;
  /** Objects that were accepted and can't be seen yet. */
  objects = 0;

  private readonly apply: (writes: TrackWrites) => void;

  constructor(apply: (writes: TrackWrites) => void) {
    this.apply = apply;
  }

  /** Requests that were accepted and can't be seen yet. */
  get requests(): number {
    return this.heap.length;
  }

  /** Applies the request after a delay; `applied` is called right then. */
  schedule(writes: TrackWrites, delayMs: number, applied: () => void): void {
    this.objects += countWrites(writes);
    const pending = { dueMs: performance.now() + delayMs, order: this.arrivals++, writes, applied };
    if (delayMs <= 0 && this.heap.length === 0) this.settle(pending);
    else {
      push(this.heap, pending);
      this.arm();
    }
  }

  /** Applies everything that waits, in the order in which it would have come due. */
  flush(): void {
    for (let next = pop(this.heap); next !== undefined; next = pop(this.heap)) this.settle(next);
    this.disarm();
  }

  private drain(): void {
    this.timer = undefined;
    const nowMs = performance.now();
    for (let count = 0; count < SLICE; count++) {
      const next = this.heap[0];
      if (next === undefined || next.dueMs > nowMs) break;
      pop(this.heap);
      this.settle(next);
    }
    this.arm();
  }

  private settle(pending: Pending): void {
    this.objects -= countWrites(pending.writes);
    this.apply(pending.writes);
    pending.applied();
  }

  private arm(): void {
    const next = this.heap[0];
    if (next === undefined || (this.timer !== undefined && this.timer.dueMs <= next.dueMs)) return;
    this.disarm();
    const handle = setTimeout(() => this.drain(), Math.max(0, next.dueMs - performance.now()));
    this.timer = { dueMs: next.dueMs, handle };
  }

  private disarm(): void {
    if (this.timer !== undefined) clearTimeout(this.timer.handle);
    this.timer = undefined;
  }
}

function before(a: Pending, b: Pending): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function push(heap: Pending[], added: Pending): void {
  let place = heap.length;
  heap.push(added);
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !before(added, parent)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = added;
}

function pop(heap: Pending[]): Pending | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let place = 0;
  for (;;) {
    const left = heap[2 * place + 1];
    const right = heap[2 * place + 2];
    const goRight = right !== undefined && left !== undefined && before(right, left);
    const child = goRight ? right : left;
    if (child === undefined || !before(child, last)) break;
    heap[place] = child;
    place = 2 * place + (goRight ? 2 : 1);
  }
  heap[place] = last;
  return top;
}
