/**
 * People of whom a request may still be under way somewhere though nothing more will be heard of it: a broken connection, or
 * something on the way that has given up, says nothing of what is behind it. Until the request is taken to
 * have ended, the person's next call does not go: it could be overtaken. Moments are monotonic milliseconds.
 */
export class LateCopies {
  private readonly until = new Map<string, number>();
  /** Whose next call could go if it were not for that. */
  private readonly waiting = new Set<string>();

  /** Requests of these people may be under way until then. */
  expect(profileIds: readonly string[], until: number): void {
    for (const profileId of profileIds)
      this.until.set(profileId, Math.max(until, this.until.get(profileId) ?? until));
  }

  /** Of these people, those whose next calls may go now; the others follow, by `due`. */
  pass(profileIds: readonly string[], now: number): readonly string[] {
    if (this.until.size === 0) return profileIds;
    for (const profileId of profileIds) this.waiting.add(profileId);
    return this.due(now);
  }

  /** Those who had to wait until now. */
  due(now: number): string[] {
    const due = [...this.waiting].filter((profileId) => (this.until.get(profileId) ?? now) <= now);
    for (const profileId of due) {
      this.waiting.delete(profileId);
      this.until.delete(profileId);
    }
    return due;
  }

  /** When the next one of those who wait may go. */
  nextAt(): number {
    return Math.min(Infinity, ...[...this.waiting].map((profileId) => this.until.get(profileId) ?? Infinity));
  }

  /** When nothing is under way any more of which nothing will be heard. */
  endsAt(): number {
    return Math.max(-Infinity, ...this.until.values());
  }
}
