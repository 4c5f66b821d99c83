import { type Client } from '@temporalio/client';
import { type Logger } from 'pino';
import { createMailTemplates } from '../adapters/email/templates';
import { createMailTransport } from '../adapters/email/transport';
import { createScheduleWatch } from '../activities/watch-schedules';
import { type Config } from '../config/config';
import { openDeployment } from './deployment';

/** A watch over schedules that needs no worker. */
export interface RunningWatch {
  /** Lets a look under way finish. */
  close(): Promise<void>;
}

/**
 * Looks at schedules from this process too: with every worker down no workflow can notice it. Whatever it cannot do it logs and
 * tries again, since the process has other work that must go on.
 */
export async function startScheduleWatch(
  config: Config,
  client: Client,
  logger: Logger,
): Promise<RunningWatch> {
  if (config.watchSeconds === 0) return { close: () => Promise.resolve() };
  const deployment = await openDeployment(config);
  if (!deployment.ok) {
    const { code, message } = deployment.fault;
    logger.warn({ code }, `this process does not watch schedules: ${message}`);
    return { close: () => Promise.resolve() };
  }
  const { stateBucket } = deployment.value;
  const transport = createMailTransport({ url: config.mail.url, from: config.mail.from });
  const watch = createScheduleWatch({
    ...{ client, stateBucket, transport, templates: createMailTemplates(), clock: Date.now },
    operators: config.mail.operators,
  });
  let looking = Promise.resolve();
  const look = () => {
    looking = looking
      .then(() => watch.watchSchedules())
      .then(
        ({ sent }) => sent > 0 && logger.info({ sent }, 'alerts about schedules were sent'),
        (error: unknown) => logger.warn({ error: nameOf(error) }, 'schedules could not be looked at'),
      )
      .then(() => undefined);
  };
  const timer = setInterval(look, config.watchSeconds * 1000);
  return {
    async close() {
      clearInterval(timer);
      await looking;
      transport.close();
      stateBucket.close();
    },
  };
}

/** The message may repeat an address; the code or the kind of error does not. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}
