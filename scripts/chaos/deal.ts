import { seededRandom } from '../../src/sandbox/seeded-random';
import { type FaultRule } from '../../src/sandbox/faults';
import { BREAK, KILL_POINTS, type KillPoint } from './kill-points';

/** A kill point as it was dealt: with how often its place is passed before it strikes, and how long the victim stays down. */
export interface DealtPoint extends KillPoint {
  id: number;
  passes: number;
  downMs: number;
  /** From 0 to 1, for blows that choose something, such as where a Reset goes back to. */
  choice: number;
}

/** What happens to one audience in one round. */
export interface Hand {
  audience: number;
  /** Shares of the members who leave, and of newcomers, in the next file. */
  leave: number;
  join: number;
  points: DealtPoint[];
}

/** One round: every audience gets a new file, and things go wrong. */
export interface RoundPlan {
  round: number;
  mood: FaultRule[];
  hands: Hand[];
}

const MOST_POINTS = 3;

/** The endless sequence of rounds that belongs to a seed. */
export function* dealRounds(seed: number, audiences: number): Generator<RoundPlan, never> {
  const random = seededRandom(seed);
  let deck: KillPoint[] = [];
  let id = 0;
  const draw = (fits: (point: KillPoint) => boolean): KillPoint | undefined => {
    const at = deck.findIndex(fits);
    return at < 0 ? undefined : deck.splice(at, 1)[0];
  };
  const dealt = (point: KillPoint): DealtPoint => ({
    ...point,
    id: (id += 1),
    passes: Math.floor(random() * (point.place.kind === 'braze has applied' ? 60 : 1)),
    downMs: Math.round(random() * (random() < 0.15 ? 15_000 : 2_500)),
    choice: random(),
  });
  for (let round = 1; ; round += 1) {
    const hands = Array.from({ length: audiences }, (_, audience): Hand => {
      const points: KillPoint[] = [];
      while (points.length < MOST_POINTS) {
        if (deck.length < audiences) deck = [...deck, ...oneOfEachKindFirst(shuffled(KILL_POINTS, random))];
        const point = draw((candidate) => fits(candidate, points));
        if (point === undefined) break;
        points.push(point);
        if (point.category === 'recovery' && !points.some(({ endsRun }) => endsRun)) points.unshift(BREAK);
      }
      return {
        audience,
        leave: 0.1 + random() * 0.4,
        join: 0.1 + random() * 0.4,
        points: points.map(dealt),
      };
    });
    yield { round, mood: dealMood(random), hands };
  }
}

function fits(candidate: KillPoint, points: readonly KillPoint[]): boolean {
  if (points.some(({ place }) => JSON.stringify(place) === JSON.stringify(candidate.place))) return false;
  const breaks = points.some(({ endsRun }) => endsRun);
  if (candidate.category === 'recovery' && breaks) return points.some(({ blow }) => blow === BREAK.blow);
  return !(candidate.endsRun && breaks);
}

/** Short runs meet everything as well. */
function oneOfEachKindFirst(points: readonly KillPoint[]): KillPoint[] {
  const isFirst = (point: KillPoint) => points.find(({ category }) => category === point.category) === point;
  return [...points.filter(isFirst), ...points.filter((point) => !isFirst(point))];
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** Slow always; and some answers cut, refused, refused although applied, or never given although applied. */
export function dealMood(random: () => number): FaultRule[] {
  const path = '/users/track';
  const some = (share: number) => ({ probability: random() * share, seed: Math.floor(random() * 2 ** 31) });
  return [
    { path, match: some(0.02), fault: { kind: 'truncatedBody' } },
    { path, match: some(0.02), fault: { kind: 'wrongJson' } },
    { path, match: some(0.02), fault: { kind: 'status', status: 503 } },
    { path, match: some(0.02), fault: { kind: 'status', status: 502, applied: true } },
    { path, match: some(0.01), fault: { kind: 'status', status: 429, retryAfterS: 1 } },
    { path, match: some(0.005), fault: { kind: 'timeoutAfterApply' } },
    { path, match: some(0.02), fault: { kind: 'timeoutAfterApply', holdMs: 300 } },
    { path, match: { every: 1 }, fault: { kind: 'slow', delayMs: 20 + Math.floor(random() * 40) } },
    { path: '/users/export/ids', match: { every: 1 }, fault: { kind: 'slow', delayMs: 100 } },
  ];
}
