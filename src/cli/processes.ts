import { type Command } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import { unwrap } from './cli-error';
import { finish, type CommandHost, type CommonOptions } from './host';

/** `brazier worker` and `brazier gateway`: the two processes of a deployment, configured by the environment. */
export function addProcesses(program: Command, host: CommandHost): void {
  finish(
    program
      .command('worker')
      .description('Run a worker until Ctrl-C; configured by the environment (.env.example).'),
    ['brazier worker'],
  ).action((options: CommonOptions) => host.run(options, () => runWorker(host, options)));
  finish(
    program
      .command('gateway')
      .description(
        'Run the gateway (confirmation pages, mail hook) until Ctrl-C; configured by the environment.',
      ),
    ['BRAZIER_GATEWAY_PORT=8088 brazier gateway'],
  ).action((options: CommonOptions) => host.run(options, () => runGateway(host, options)));
}

async function runWorker(host: CommandHost, options: CommonOptions): Promise<number> {
  // Loaded on demand: every other command would pay for it.
  const { startWorker } = await import('../worker.js');
  const interrupted = host.interrupted();
  const worker = unwrap(await startWorker(host.io.env));
  if (options.json) host.io.print(JSON.stringify({ ready: true }));
  await Promise.race([interrupted.then(() => worker.stop()), worker.done]);
  return EXIT_CODES.ok;
}

async function runGateway(host: CommandHost, options: CommonOptions): Promise<number> {
  const { startGateway } = await import('../gateway.js');
  const interrupted = host.interrupted();
  const gateway = unwrap(await startGateway(host.io.env));
  host.io.print(
    options.json ? JSON.stringify({ ready: true, url: gateway.url }) : `gateway listens on ${gateway.url}`,
  );
  await Promise.race([interrupted.then(() => gateway.close()), gateway.done]);
  return EXIT_CODES.ok;
}
