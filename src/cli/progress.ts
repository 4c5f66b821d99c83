import { Presets, SingleBar } from 'cli-progress';
import { phaseLine } from './format-run';
import { type CliIo } from './io';
import { nextSteps } from './next-steps';
import { type RunView } from './run-view';

/** Shows a run to whoever watches. */
export interface ProgressDisplay {
  show(view: RunView): void;
  /** Something keeps the run from answering; it is tried again. */
  trouble(message: string): void;
  close: () => void;
}

/** Lines at changes of phase and, on a terminal, a bar while members are sent. All of it goes to standard error. */
export function createProgressDisplay(io: CliIo): ProgressDisplay {
  let told = '';
  let bar: SingleBar | undefined;
  const endBar = () => {
    bar?.stop();
    bar = undefined;
  };
  const say = (text: string) => {
    if (text === told) return;
    told = text;
    endBar();
    io.tell(text);
  };
  return {
    show({ status, members }) {
      const steps = nextSteps(status).map((step) => `  ${step}`);
      say([phaseLine(status), ...steps].join('\n'));
      if (!members || io.stderr.isTTY !== true || status.phase !== 'sending') return;
      bar ??= startBar(io.stderr, members);
      bar.update(members.sent);
    },
    trouble: say,
    close: endBar,
  };
}

function startBar(
  stream: NodeJS.WritableStream,
  { sent, total }: { sent: number; total: number },
): SingleBar {
  const format = '  [{bar}] {percentage}% | {value} of {total} members | {eta_formatted} left';
  const bar = new SingleBar({ stream, format, formatTime, hideCursor: true, barsize: 30 }, Presets.legacy);
  bar.start(total, sent);
  return bar;
}

/** Seconds as a person reads them; before the first members are sent nobody knows. */
export function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
}
