import { PassThrough } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { fault, success } from '../contract/errors';
import { type CliIo } from './io';
import { runCli } from './program';

/** Runs a command line against the shared Temporal and keeps what it says. */
async function run(
  args: string[],
  changes: Partial<CliIo> = {},
): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const io: CliIo = {
    env: {},
    stderr: new PassThrough(),
    print: (line) => out.push(line),
    tell: (line) => err.push(line),
    read: () => Promise.reject(new Error('nothing to read')),
    connect: async () => {
      const connection = await Connection.connect({
        address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '',
      });
      return success({ connection, client: new Client({ connection }) });
    },
    onInterrupt: () => () => undefined,
    pollMs: 50,
    ...changes,
  };
  return { code: await runCli(args, io), out, err };
}

const LEAVES = [
  ...[
    'dev',
    'sandbox',
    'worker',
    'gateway',
    'setup',
    'activate',
    'status',
    'approve',
    'reject',
    'confirm',
    'dispute',
  ],
  ...[
    'pause',
    'resume',
    'cancel',
    'integrations list',
    'integrations show',
    'audiences list',
    'audiences show',
  ],
  ...['runs list', 'runs show'],
  ...['segment save', 'segment list', 'segment show', 'segment preview'],
  ...['external-api save', 'external-api list', 'external-api show', 'external-api test'],
];

it.each(LEAVES)('%s explains itself with an example and knows --json', async (command) => {
  const { code, out } = await run([...command.split(' '), '--help']);
  expect(code).toBe(0);
  expect(out.join('\n')).toMatch(new RegExp(`Examples:\\n[^]*brazier ${command}`));
  expect(out.join('\n')).toContain('--json');
});

describe('what was typed wrong', () => {
  it('exits with 2 and prints nothing on standard output', async () => {
    expect(await run(['nonsense'])).toMatchObject({ code: 2, out: [] });
    expect(await run(['status'])).toMatchObject({ code: 2, out: [] });
    expect(await run(['confirm', 'x'])).toMatchObject({ code: 2, out: [] });
    expect(await run(['activate', '--key', 'a', '--prefix', 'b'])).toMatchObject({ code: 2, out: [] });
    expect(await run(['runs', 'list', '--limit', '0'])).toMatchObject({ code: 2, out: [] });
  });

  it.each([
    [['activate', '--password=hush-0123456789'], "unknown option '--password'"],
    [['activate', '--identifier', 'hush-0123456789'], "argument '…' is invalid"],
    [['hush-0123456789'], "unknown command '…'"],
    [['setpu'], "unknown command 'setpu'"],
  ])('is not repeated where it could be a secret: %j', async (args, complaint) => {
    const { code, out, err } = await run([...args, '--json']);
    expect(code).toBe(2);
    for (const told of [out.join(), err.join()]) {
      expect(told).toContain(complaint);
      expect(told).not.toContain('hush');
    }
  });

  it('is one JSON object with --json', async () => {
    const { code, out } = await run(['status', '--json']);
    expect(code).toBe(2);
    expect(out.map((line): unknown => JSON.parse(line))).toEqual([
      { error: { code: 'USAGE', message: "missing required argument 'workflowId'", exitCode: 2 } },
    ]);
  });
});

describe('failures', () => {
  it('says who must act when Temporal does not answer', async () => {
    const connect = () => Promise.resolve(fault('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.'));
    const { code, out, err } = await run(['runs', 'list', '--json'], { connect });
    expect(code).toBe(13);
    expect(JSON.parse(out[0]!)).toMatchObject({
      error: { code: 'TEMPORAL_UNAVAILABLE', actor: 'wait', exitCode: 13 },
    });
    expect(err.join()).toMatch(
      /TEMPORAL_UNAVAILABLE: Temporal does not answer\. — nobody has to act: wait — /,
    );
  });

  it.each(['status', 'cancel', 'runs show'])(
    '%s of a run that does not exist is the settings owner’s',
    async (command) => {
      const { code, out, err } = await run([...command.split(' '), 'no-such-run']);
      expect({ code, out }).toEqual({ code: 11, out: [] });
      expect(err.join()).toContain('RUN_NOT_FOUND: There is no run "no-such-run".');
    },
  );

  it('does not wait for a run that does not exist', async () => {
    expect(await run(['status', 'no-such-run', '--watch', '--json'])).toMatchObject({ code: 11 });
  });

  it('names an integration that does not exist', async () => {
    expect(await run(['integrations', 'show', 'no-such-integration'])).toMatchObject({ code: 11, out: [] });
  });

  it('never repeats what a file holds that is not JSON', async () => {
    const read = () => Promise.resolve('secret-key');
    const { code, out, err } = await run(['setup', '--file', 'x.json'], { read });
    expect(code).toBe(11);
    expect([...out, ...err].join()).toMatch(/x\.json is not JSON/);
    expect([...out, ...err].join()).not.toContain('secret-key');
  });
});

it('runs a sandbox until it is interrupted', async () => {
  let interrupt = (): void => undefined;
  const onInterrupt = (listener: () => void) => {
    interrupt = listener;
    return () => undefined;
  };
  const out: string[] = [];
  const running = run(['sandbox', '--scopes', 'segments.list', '--json'], {
    onInterrupt,
    print: (line) => {
      out.push(line);
      void visit(line);
    },
  });
  const statuses: number[] = [];
  const visit = async (line: string) => {
    const { url, key } = JSON.parse(line) as { url: string; key: string };
    const headers = { authorization: `Bearer ${key}` };
    statuses.push((await fetch(`${url}/segments/list`, { headers })).status);
    statuses.push((await fetch(`${url}/users/track`, { method: 'POST', headers, body: '{}' })).status);
    interrupt();
  };
  expect((await running).code).toBe(0);
  expect(out).toHaveLength(1);
  expect(statuses[0]).toBe(200);
  expect(statuses[1]).toBeGreaterThanOrEqual(401);
});
