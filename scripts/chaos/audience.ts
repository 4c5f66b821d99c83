import { seededRandom } from '../../src/sandbox/seeded-random';

/** One audience of a chaos run: its file, and who ever was in it. */
export class ChaosAudience {
  readonly name: string;
  readonly sourceKey: string;
  /** Identifiers in the file as it lies in the bucket now. */
  members: readonly string[] = [];
  /** Raised whenever the file is replaced. */
  version = 0;
  private readonly random: () => number;
  private readonly pool: readonly string[];

  constructor(index: number, seed: number) {
    this.name = `chaos-${index}`;
    this.sourceKey = `${this.name}.csv`;
    this.random = seededRandom(seed * 1_000 + index);
    this.pool = peopleOf(this.name);
  }

  /** The next file: some leave, others come, strangers and ids that Braze refuses are always among them. */
  next(leave: number, join: number): readonly string[] {
    const known = new Set(this.members);
    const first = known.size === 0;
    const members = this.pool.filter((id) =>
      known.has(id) ? this.random() >= leave : this.random() < (first ? 0.5 : join),
    );
    return [...members, ...ODD_IDS];
  }

  /** A file in which everybody is the other way round. */
  opposite(): readonly string[] {
    const known = new Set(this.members);
    return [...this.pool.filter((id) => !known.has(id)), ...ODD_IDS];
  }

  /** What an identifier begins with that can only be of this audience. */
  get prefix(): string {
    return `${this.name}-`;
  }
}

/** Braze does not know these two, and refuses the third by its looks. */
const ODD_IDS = ['stranger-1', 'stranger-2', 'test-1'] as const;
/** Identifiers that begin so are refused by the sandbox. */
export const REFUSED_PREFIX = 'test-';

const OWN = 2_600;
const SHARED = 400;

/** People who may be in this audience: its own, and some whom all audiences share. */
function peopleOf(name: string): string[] {
  return [
    ...Array.from({ length: OWN }, (_, index) => `${name}-${index}`),
    ...Array.from({ length: SHARED }, (_, index) => `shared-${index}`),
  ];
}

/** Everybody whom Braze knows and who may be in one of these audiences. */
export function everybody(audiences: readonly ChaosAudience[]): string[] {
  return [...new Set(audiences.flatMap(({ name }) => peopleOf(name)))];
}
