import { writeState } from './snapshot';
import { type Workspace } from './workspace';

/** Saves the workspace every few seconds while it changes. A large one rests longer, so that saving takes a tenth of the time at most. */
export class SnapshotKeeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private savedVersion = -1;
  private closed = false;

  private readonly workspace: Workspace;
  private readonly path: string;
  private readonly everyMs: number;
  private readonly onError: (error: unknown) => void;

  constructor(workspace: Workspace, path: string, everyMs: number, onError: (error: unknown) => void) {
    this.workspace = workspace;
    this.path = path;
    this.everyMs = everyMs;
    this.onError = onError;

    this.arm(everyMs);
  }

  /** Saves a last time, after everything else has ended. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
    await writeState(this.workspace, this.path);
  }

  private arm(delayMs: number): void {
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.running = this.save();
    }, delayMs);
    this.timer.unref();
  }

  private async save(): Promise<void> {
    const startedMs = performance.now();
    const { version } = this.workspace.profiles;
    try {
      if (version !== this.savedVersion) await writeState(this.workspace, this.path);
      this.savedVersion = version;
    } catch (error) {
      this.onError(error);
    }
    this.arm(Math.max(this.everyMs, (performance.now() - startedMs) * 10));
  }
}
