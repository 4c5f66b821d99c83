import { type ProfileState } from '../domain/stream/vocabulary';

/** So many people whose states are in the database as well are kept at hand. */
const MOST_CLEAN = 10_000;

/** The states of a shard's people as its owner knows them; nobody else writes them, so they need not be read twice. */
export class ShardStates {
  /** Not in the database yet, with the number of the batch that made them so. */
  private readonly dirty = new Map<string, { state: ProfileState; batch: number }>();
  /** The ones used the longest ago first. */
  private readonly clean = new Map<string, ProfileState>();
  private held: ReadonlySet<string> = new Set();

  get(profileId: string): ProfileState | undefined {
    const changed = this.dirty.get(profileId);
    if (changed !== undefined) return changed.state;
    const state = this.clean.get(profileId);
    if (state === undefined) return undefined;
    this.clean.delete(profileId);
    this.clean.set(profileId, state);
    return state;
  }

  /**
   * These are needed until others are; answers whom of them has to be read. They stay at hand however many others are committed
   * meanwhile: whoever is not at hand when one's turn comes is taken for unknown.
   */
  hold(profileIds: Iterable<string>): string[] {
    this.held = new Set(profileIds);
    return [...this.held].filter((profileId) => this.get(profileId) === undefined);
  }

  /** What was read; whatever is known already is newer. */
  learn(states: readonly ProfileState[]): void {
    for (const state of states)
      if (!this.dirty.has(state.profileId) && !this.clean.has(state.profileId))
        this.clean.set(state.profileId, state);
  }

  change(batch: number, state: ProfileState): void {
    this.dirty.set(state.profileId, { state, batch });
  }

  forget(profileId: string): void {
    this.dirty.delete(profileId);
    this.clean.delete(profileId);
  }

  /** Everything up to this batch is in the database. */
  committed(batch: number, profileIds: Iterable<string>): void {
    for (const profileId of profileIds) {
      const changed = this.dirty.get(profileId);
      if (changed === undefined || changed.batch > batch) continue;
      this.dirty.delete(profileId);
      this.clean.delete(profileId);
      this.clean.set(profileId, changed.state);
    }
    for (const oldest of this.clean.keys()) {
      if (this.clean.size <= MOST_CLEAN) break;
      if (!this.held.has(oldest)) this.clean.delete(oldest);
    }
  }
}
