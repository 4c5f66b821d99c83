import { type AudienceScheduleInput } from '../contract/schedule';
import { checkedSchedule, given, isObject, mergeActivation, type ActivationFlags } from './activation-input';

/** Flags of `brazier schedule create`. */
export interface ScheduleFlags extends ActivationFlags {
  cron?: string[];
  every?: number;
  timeZone?: string;
  jitter?: number;
  overlap?: string;
  catchupWindow?: number;
  lateAfter?: number;
  pauseOnFailure?: true;
  paused?: true;
  note?: string;
}

/** Lays the flags over the file's content and checks what comes out, before anything leaves this machine. */
export function scheduleInput(file: unknown, flags: ScheduleFlags): AudienceScheduleInput {
  if (!isObject(file)) return checkedSchedule(file);
  const { schedule = {}, activation = {} } = file;
  const times =
    flags.cron === undefined && flags.every === undefined ? {} : { cron: undefined, everySeconds: undefined };
  const overrides = {
    ...times,
    ...given({
      cron: flags.cron,
      everySeconds: flags.every,
      timeZone: flags.timeZone,
      jitterSeconds: flags.jitter,
      overlap: flags.overlap,
      catchupWindowSeconds: flags.catchupWindow,
      lateAfterSeconds: flags.lateAfter,
      pauseOnFailure: flags.pauseOnFailure,
      paused: flags.paused,
      note: flags.note,
    }),
  };
  return checkedSchedule({
    ...file,
    schedule: isObject(schedule) ? given({ ...schedule, ...overrides }) : schedule,
    activation: mergeActivation(activation, flags),
  });
}
