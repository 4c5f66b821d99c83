import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, Connection } from '@temporalio/client';

const CLI = join(__dirname, '../../dist/src/cli.js');
const address = process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '';

const IMPORT = JSON.stringify({
  integration: 'nobody',
  source: { key: 'people.csv' },
  identifiers: { externalId: 'id' },
  by: 'Ada',
});

function example(name: string): string {
  return readFileSync(join(__dirname, '../../examples', name), 'utf8');
}

let connection: Connection;
let client: Client;
beforeAll(async () => {
  connection = await Connection.connect({ address });
  client = new Client({ connection });
});
afterAll(() => connection.close());

/** Runs a command of its own process, interrupts it when it says so much, and keeps how it ended. */
async function interrupted(args: string[], input: string, heard: (line: string) => boolean) {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: address },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const told: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    told.push(line);
    if (heard(line) && !child.killed) child.kill('SIGINT');
  });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, told };
}

// No worker takes these runs, so that only the interruption ends the watching.
test.each([
  ['profile import', IMPORT, 'The import goes on without this command, as ID. End it: brazier cancel ID'],
  [
    'engagement activate',
    example('activate-engagement.json'),
    'The activation goes on without this command, as ID.',
  ],
  [
    'activate',
    example('activate-audience.json'),
    'The run goes on without this command. Watch it: brazier status ID --watch. End it: brazier cancel ID.',
  ],
])(
  'who stops watching %s is told how it goes on, and nothing else',
  async (command, input, sentence) => {
    const workflowId = `interrupted/${randomUUID()}`;
    const args = [...command.split(' '), '--file', '-', '--workflow-id', workflowId];
    const { code, told } = await interrupted(args, input, (line) => line.endsWith(workflowId));
    await client.workflow.getHandle(workflowId).terminate('the test is over');
    const begun = command === 'profile import' ? 'import' : 'run';
    expect({ code, told }).toEqual({
      code: 0,
      told: [`${begun} ${workflowId}`, sentence.replaceAll('ID', workflowId)],
    });
  },
  60_000,
);

test('who stops watching a test of an External API is told its id, and how to end it', async () => {
  const args = ['external-api', 'test', '--file', '-', '--json'];
  const input = example('test-external-api.json');
  const { code, told } = await interrupted(args, input, (line) => line.startsWith('run '));
  const [, id = ''] = /^run (.+)$/.exec(told[0] ?? '') ?? [];
  expect(id).toMatch(/^test-external-api\/.+/);
  await client.workflow.getHandle(id).terminate('the test is over');
  expect({ code, told }).toEqual({
    code: 0,
    told: [`run ${id}`, `The test goes on without this command, as ${id}. End it: brazier cancel ${id}`],
  });
}, 60_000);
