import { type Client } from '@temporalio/client';
import { type Logger } from 'pino';
import { type Bucket } from '../adapters/bucket/bucket';
import { createMailTemplates } from '../adapters/email/templates';
import { createMailTransport } from '../adapters/email/transport';
import { createScheduleWatch } from '../activities/watch-schedules';
import { type Config } from '../config/config';
import { nameOfError } from '../gateway/request-error';

/** A watch over schedules that needs no worker. */
export interface RunningWatch {
  /** Begins no look any more and lets the one under way finish, though not for ever. */
  close(): Promise<void>;
}

/** Longer than thousands of schedules take; the mail server and the bucket have time-outs of their own. */
const LOOK_TIMEOUT_MS = 120_000;
/** Shorter than a gateway is given to stop. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Looks at schedules from this process too: with every worker down no workflow can notice it. Whatever it cannot do it logs and
 * tries again, since the process has other work that must go on.
 */
export function startScheduleWatch(
  config: Config,
  { client, stateBucket, logger }: { client: Client; stateBucket: Bucket; logger: Logger },
): RunningWatch {
  if (config.watchSeconds === 0) return { close: () => Promise.resolve() };
  const transport = createMailTransport({ url: config.mail.url, from: config.mail.from });
  const watch = createScheduleWatch({
    ...{ client, stateBucket, transport, templates: createMailTemplates(), clock: Date.now },
    operators: config.mail.operators,
  });
  const look = async () => {
    try {
      const { sent } = await client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () => watch.watchSchedules());
      if (sent > 0) logger.info({ sent }, 'alerts about schedules were sent');
    } catch (error) {
      logger.warn({ error: nameOfError(error) }, 'schedules could not be looked at');
    }
  };
  const looks = repeat(look, { everyMs: config.watchSeconds * 1000, closeTimeoutMs: CLOSE_TIMEOUT_MS });
  return {
    async close() {
      await looks.close();
      transport.close();
    },
  };
}

/**
 * Does something again and again, never twice at once: a turn that falls into one under way is left out. Closing waits for the one
 * under way, but no longer than `closeTimeoutMs`.
 */
export function repeat(
  work: () => Promise<void>,
  { everyMs, closeTimeoutMs }: { everyMs: number; closeTimeoutMs: number },
): RunningWatch {
  let underWay: Promise<void> | undefined;
  const timer = setInterval(() => {
    underWay ??= work().finally(() => (underWay = undefined));
  }, everyMs);
  return {
    async close() {
      clearInterval(timer);
      if (underWay === undefined) return;
      let late: NodeJS.Timeout | undefined;
      const deadline = new Promise<void>((resolve) => (late = setTimeout(resolve, closeTimeoutMs)));
      await Promise.race([underWay, deadline]);
      clearTimeout(late);
    },
  };
}
