import { startGateway } from '../gateway';
import { startWorker } from '../worker';

/** Entry of the embedded worker and gateway processes: tells its parent when it is ready, and ends with it. */
async function main(kind: string | undefined): Promise<void> {
  const started = kind === 'gateway' ? await startGateway(process.env) : await startWorker(process.env);
  if (!started.ok) {
    process.stderr.write(`${started.fault.message}\n`);
    process.exit(1);
  }
  process.send?.('ready');
  process.on('disconnect', () => process.exit(0));
  // The worker's runtime handles the signal itself; the gateway has to be told.
  const gateway = started.value;
  if ('close' in gateway) process.once('SIGTERM', () => void gateway.close());
  await started.value.done;
  process.exit(0);
}

void main(process.argv[2]);
