import { type RunPhase } from '../../src/contract/phases';
import { type DealtPoint } from './deal';
import { type Place } from './kill-points';

/** A kill point that was reached, and for which audience. */
export interface Reached {
  audience: string;
  point: DealtPoint;
  /** The worker that was there, if it is known. */
  sender: string | undefined;
}

interface Armed {
  audience: string;
  point: DealtPoint;
  passed: number;
}

/** The kill points that wait for their moment. */
export class Triggers {
  private armed: Armed[] = [];
  readonly reached: Reached[] = [];
  private readonly senders = new Map<string, string>();
  private readonly strike: (reached: Reached) => Promise<void>;

  constructor(strike: (reached: Reached) => Promise<void>) {
    this.strike = strike;
  }

  /** Makes a point wait for this audience. */
  arm(audience: string, points: readonly DealtPoint[]): void {
    this.armed.push(...points.map((point) => ({ audience, point, passed: 0 })));
  }

  /** Those of this audience that were not reached; they wait no longer. */
  disarm(audience: string): DealtPoint[] {
    const left = this.armed.filter((armed) => armed.audience === audience);
    this.armed = this.armed.filter((armed) => armed.audience !== audience);
    return left.map(({ point }) => point);
  }

  /** Notes who works for an audience. */
  sawSender(audience: string, sender: string): void {
    this.senders.set(audience, sender);
  }

  /** Strikes if a point waits for this; resolves when the blow has fallen. */
  async sight(audience: string, place: Place): Promise<void> {
    const text = JSON.stringify(place);
    const here = this.armed.filter(
      (armed) => armed.audience === audience && JSON.stringify(armed.point.place) === text,
    );
    for (const armed of here) armed.passed += 1;
    const due = here.find(({ passed, point }) => passed > point.passes);
    if (!due) return;
    this.armed = this.armed.filter((armed) => armed !== due);
    const reached = { audience, point: due.point, sender: this.senders.get(audience) };
    this.reached.push(reached);
    await this.strike(reached);
  }

  /** The phases in which this audience has points waiting. */
  phases(audience: string): RunPhase[] {
    return this.armed.flatMap(({ audience: of, point: { place } }) =>
      of === audience && place.kind === 'phase' ? [place.phase] : [],
    );
  }
}
