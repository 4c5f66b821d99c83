import { parseArgs } from 'node:util';
import { measureBare } from './stream/bare';
import { measureStream } from './stream/measure';

const USAGE = 'npm run bench stream [-- --rate 5000 --seconds 60 --people 25000 --bare-seconds 10 --cold]\n';

/**
 * A real-time stream on this machine: events posted at a fixed rate, each of which causes one call to a Braze sandbox, with
 * all state on disk. Progress goes to stderr, the last line of stdout is the result.
 */
async function main(): Promise<void> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const options = {
    rate: text('5000'),
    seconds: text('60'),
    people: text('25000'),
    'bare-seconds': text('10'),
  };
  const { values } = parseArgs({
    options: { ...options, cold: { type: 'boolean', default: false }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const rate = positive('--rate', values.rate);
  const seconds = positive('--seconds', values.seconds);
  await measureBare(rate, positive('--bare-seconds', values['bare-seconds']));
  const people = positive('--people', values.people);
  const result = await measureStream({ rate, seconds, people, isCold: values.cold });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${flag} takes a whole number from 1`);
  return value;
}

void main();
