import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTemporalServer, type TemporalServer } from '../../src/dev/servers/temporal';
import {
  activation,
  ATTRIBUTE,
  holdersOf,
  loadProfiles,
  putIds,
  setUp,
  startTestStack,
  userIds,
  type TestStack,
} from './test-stack';

let test_: TestStack;
let again: TemporalServer | undefined;
beforeAll(async () => {
  test_ = await startTestStack({ durable: true });
});
afterAll(async () => {
  await test_.close();
  await again?.close();
});

/** Longer than any call of either process waits for an answer, and than Temporal's own client tries a call again. */
const AWAY_MS = 50_000;

async function readiness(): Promise<number> {
  return (await fetch(`${test_.stack.gatewayUrl}/readyz`)).status;
}

test('worker and gateway outlive a Temporal that is away for a minute, and serve again when it is back', async () => {
  const { stack, client, stateDir } = test_;
  await setUp(test_, 'away');
  await loadProfiles(test_, userIds(0, 200));
  await putIds(test_, 'away.csv', userIds(0, 100));
  await client.result(
    await client.activate(activation('away', 'Away', 'away.csv')).then((run) => run.workflowId),
  );

  await stack.temporal.kill();
  while ((await readiness()) !== 503) await sleep(500);
  await sleep(AWAY_MS);
  again = await startTemporalServer({
    namespace: stack.temporal.namespace,
    port: Number(new URL(`http://${stack.temporal.address}`).port),
    uiPort: Number(new URL(stack.temporal.uiUrl).port),
    stateFile: join(stateDir, 'temporal.db'),
  });
  while ((await readiness()) !== 200) await sleep(500);

  await putIds(test_, 'away.csv', userIds(50, 150));
  const { workflowId } = await client.activate(activation('away', 'Away', 'away.csv'));
  await expect(client.result(workflowId)).resolves.toMatchObject({ outcome: 'done' });
  expect(await holdersOf(test_, ATTRIBUTE, 'Away')).toEqual([...userIds(50, 150)].sort());
  // The very processes of before: nobody has started them again.
  const pids = [stack.worker, stack.gateway].flatMap((process_) => process_?.pid ?? []);
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(process.kill(pid, 0)).toBe(true);
}, 300_000);
