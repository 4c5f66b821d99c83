/** Wakes whoever waits; raised while nobody waits, it wakes the next one at once. */
export class ShardSignal {
  private isRaised = false;
  private wake: (() => void) | undefined;

  raise(): void {
    this.isRaised = true;
    this.wake?.();
  }

  /** Until it is raised, or so many milliseconds have passed. */
  async wait(ms: number): Promise<void> {
    if (!this.isRaised && ms > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      this.wake = undefined;
    }
    this.isRaised = false;
  }
}
