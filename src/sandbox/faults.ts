import { seededRandom } from './seeded-random';

/** When a rule strikes, among the requests on its path: every nth, some at random, or the next n. */
export type FaultMatch = { every: number } | { probability: number; seed?: number } | { next: number };

/**
 * What goes wrong. Everything but `timeoutBefore`, `echo` and an unapplied `status` carries the request out. `echo` repeats
 * what it was sent, key and body, in its message, its errors and its headers.
 */
export type Fault =
  | { kind: 'status'; status: 413 | 429 | 500 | 502 | 503 | 504; retryAfterS?: number; applied?: boolean }
  | { kind: 'timeoutBefore'; holdMs?: number }
  | { kind: 'timeoutAfterApply'; holdMs?: number }
  | { kind: 'slow'; delayMs: number }
  | { kind: 'truncatedBody' }
  | { kind: 'wrongJson' }
  | { kind: 'errorWithoutIndex' }
  | { kind: 'echo'; status: 400 | 401 | 403 | 500 | 503 };

/** A fault with the requests that it strikes; no path means all of them, `skip` lets the first so many pass. */
export interface FaultRule {
  path?: string;
  match: FaultMatch;
  skip?: number;
  fault: Fault;
}

interface ArmedRule {
  rule: FaultRule;
  id: number;
  seen: number;
  struck: number;
  random: () => number;
}

/** The faults that were asked for. Each request is shown to the rules in the order added; the first that strikes wins. */
export class FaultQueue {
  private rules: ArmedRule[] = [];
  private added = 0;

  /** Adds a rule and returns its number. */
  add(rule: FaultRule): number {
    this.added += 1;
    const seed = 'probability' in rule.match ? (rule.match.seed ?? 1) : 1;
    this.rules.push({ rule, id: this.added, seen: 0, struck: 0, random: seededRandom(seed) });
    return this.added;
  }

  /** Takes all rules away. */
  clear(): void {
    this.rules = [];
  }

  /** The fault for a request on this path, if one strikes. */
  pick(path: string): Fault | undefined {
    for (const armed of this.rules) {
      if (armed.rule.path !== undefined && armed.rule.path !== path) continue;
      armed.seen += 1;
      if (armed.seen <= (armed.rule.skip ?? 0) || !strikes(armed)) continue;
      armed.struck += 1;
      return armed.rule.fault;
    }
    return undefined;
  }

  /** Every rule with how many requests it has seen and struck. */
  describe(): (FaultRule & { id: number; seen: number; struck: number })[] {
    return this.rules.map(({ id, seen, struck, rule }) => ({ id, ...rule, seen, struck }));
  }
}

function strikes({ rule: { match, skip = 0 }, seen, struck, random }: ArmedRule): boolean {
  if ('every' in match) return (seen - skip) % match.every === 0;
  if ('next' in match) return struck < match.next;
  return random() < match.probability;
}
