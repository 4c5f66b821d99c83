import { setTimeout as delay } from 'node:timers/promises';
import { cliErrorOf } from './cli-error';
import { endOrInterrupt, type CommandHost, type Connected } from './host';
import { readRunEnd, type RunEnd } from './run-end';
import { readRunView, type RunView } from './run-view';

/** What a watcher is told. */
export interface RunWatcher {
  show(view: RunView): void;
  trouble(message: string): void;
}

/** Watches a run to its end; answers nothing if the person who watches had enough. The run goes on regardless. */
export async function followRun(
  host: CommandHost,
  { temporal, brazier }: Connected,
  run: { workflowId: string; runId?: string },
  watcher: RunWatcher,
  interrupted = host.interrupted(),
): Promise<RunEnd | undefined> {
  const { workflowId, runId } = run;
  const handle = temporal.workflow.getHandle<() => ReturnType<typeof brazier.result>>(workflowId, runId);
  const watching = new AbortController();
  const polling = poll(host.io.pollMs, watching.signal, async () => {
    try {
      const view = await readRunView(temporal, workflowId, runId);
      if (!watching.signal.aborted) watcher.show(view);
    } catch (error) {
      if (!watching.signal.aborted) watcher.trouble(cliErrorOf(error).message);
    }
  });
  try {
    const end = () => readRunEnd(brazier, workflowId, handle.result());
    return await Promise.race([
      endOrInterrupt(temporal, end, interrupted),
      // It ends after the watching only, unless showing fails.
      polling.then(() => undefined),
    ]);
  } finally {
    watching.abort();
  }
}

async function poll(everyMs: number, signal: AbortSignal, once: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await once();
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
