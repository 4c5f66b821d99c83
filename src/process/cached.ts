import { type Outcome } from '../contract/errors';

interface Kept<T> {
  value: T;
  untilMs: number;
}

/**
 * Remembers answers by name for a while, and asks once however many wait. While the one who knows is away, an answer that was
 * had before still counts.
 */
export class Cached<T> {
  private readonly kept = new Map<string, Kept<T>>();
  private readonly asking = new Map<string, Promise<Outcome<T>>>();
  private readonly ask: (name: string) => Promise<Outcome<T>>;
  private readonly lifeMsOf: (value: T) => number;

  constructor(ask: (name: string) => Promise<Outcome<T>>, lifeMsOf: (value: T) => number) {
    this.ask = ask;
    this.lifeMsOf = lifeMsOf;
  }

  /** The answer of now, or a recent one. */
  async get(name: string): Promise<Outcome<T>> {
    const kept = this.kept.get(name);
    if (kept !== undefined && performance.now() < kept.untilMs) return { ok: true, value: kept.value };
    const asking = this.asking.get(name) ?? this.askNow(name);
    const answer = await asking;
    return !answer.ok && kept !== undefined ? { ok: true, value: kept.value } : answer;
  }

  private askNow(name: string): Promise<Outcome<T>> {
    const asking = this.ask(name).then((answer) => {
      if (answer.ok)
        this.kept.set(name, {
          value: answer.value,
          untilMs: performance.now() + this.lifeMsOf(answer.value),
        });
      return answer;
    });
    this.asking.set(name, asking);
    const forget = () => this.asking.delete(name);
    asking.then(forget, forget);
    return asking;
  }
}
