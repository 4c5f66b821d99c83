import { type SchedulePreview } from '../client/audience-schedules';
import { type ScheduleView, type StartedRefresh } from '../contract/schedule';
import { formatFacts, formatTable, type Column } from './table';

/** What a listing of schedules shows. */
export const SCHEDULE_COLUMNS: readonly Column<ScheduleView>[] = [
  { title: 'integration', of: ({ integration }) => integration },
  { title: 'audience', of: ({ audience }) => audience },
  { title: 'state', of: ({ paused, note }) => (paused ? `paused${note ? ` (${note})` : ''}` : 'active') },
  { title: 'next', of: ({ paused, next }) => (paused ? undefined : next[0]) },
  { title: 'last', of: ({ recent: [last] }) => last && `${last.dueAt} ${ending(last)}` },
  { title: 'missed', of: ({ missedCatchupWindow }) => missedCatchupWindow },
  { title: 'skipped', of: ({ skippedByOverlap }) => skippedByOverlap },
  { title: 'schedule', of: ({ scheduleId }) => scheduleId },
];

/** One schedule with its times and its last refreshes. */
export function formatSchedule(view: ScheduleView): string[] {
  const facts = formatFacts([
    ['schedule', view.scheduleId],
    ['audience', `"${view.audience}" on ${view.attribute} (${view.integration})`],
    ['source', view.source],
    ['state', view.paused ? 'paused' : 'active'],
    ['note', view.note === '' ? undefined : view.note],
    ['times', `${view.times.join('; ')} (${view.timeZone})`],
    ['jitter', view.jitterSeconds > 0 ? `${view.jitterSeconds} s` : undefined],
    ['overlap', view.overlap],
    ['catch-up window', `${view.catchupWindowSeconds} s`],
    ['pause on failure', view.pauseOnFailure ? 'yes' : 'no'],
    ['late after', `${view.lateAfterSeconds} s`],
    ['started', String(view.started)],
    ['missed', `${view.missedCatchupWindow} (Temporal was away for too long)`],
    ['skipped', `${view.skippedByOverlap} (an earlier refresh was under way)`],
    ['next', view.paused ? 'none while paused' : view.next.slice(0, 3).join(', ')],
  ]);
  if (view.recent.length === 0) return [...facts, '', 'No refresh yet.'];
  const columns: Column<StartedRefresh>[] = [
    { title: 'due', of: ({ dueAt }) => dueAt },
    { title: 'started', of: ({ startedAt }) => startedAt },
    { title: 'ended', of: ending },
    { title: 'run', of: ({ workflowId }) => workflowId },
  ];
  return [...facts, '', ...formatTable(columns, view.recent)];
}

/** What a schedule does next, and whether it is there now. */
export function formatPreview(
  change: 'previewed' | 'created' | 'createdOrReplaced',
  { scheduleId, next }: SchedulePreview,
): string[] {
  const sentence = {
    previewed: `Nothing was created. ${scheduleId} would refresh:`,
    created: `Created ${scheduleId}. It refreshes:`,
    createdOrReplaced: `Created or replaced ${scheduleId}. It refreshes:`,
  }[change];
  if (next.length === 0) return [sentence, '  never: these times do not come'];
  return [sentence, ...next.map(({ at, source }) => `  ${at}  from ${source}`)];
}

function ending({ status, outcome, code }: StartedRefresh): string {
  const how = outcome ?? status.toLowerCase();
  return code === undefined ? how : `${how} (${code})`;
}
