import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { audienceKey } from '../../src/activities/check-input';
import { audienceWorkflowId } from '../../src/contract/names';
import { startTemporalServer, type TemporalServer } from '../../src/dev/servers/temporal';
import { activationInput, IMMEDIATE, ledgerOf, receiptOf } from './samples';
import { eventually, TestBed } from './test-bed';

const KEY = audienceKey('lexer_audience', 'Leads', 'external_id');

let server: TemporalServer;
let bed: TestBed;

// The time-skipping server does not ask children to cancel when their parent is terminated; a real one does.
beforeAll(async () => {
  server = await startTemporalServer({ logLevel: 'never' });
  bed = await TestBed.real(server.address);
});
afterAll(async () => {
  await bed.close();
  await server.close();
});

test('when a run is terminated while it sends, the audience’s holder settles, commits and lets go', async () => {
  const world = await bed.reset();
  world.settings = IMMEDIATE;
  world.sendSlice.answer = async (slice) => {
    const { cancellationSignal } = Context.current();
    while (!cancellationSignal.aborted) {
      Context.current().heartbeat();
      await delay(20);
    }
    return receiptOf(slice, { accepted: 10, unsent: 40 });
  };
  const run = await bed.start(activationInput());
  await eventually(() => world.sendSlice.calls.length === 2);
  await run.terminate('a person was in a hurry');

  const holder = bed.client.workflow.getHandle(audienceWorkflowId('shop', KEY));
  await expect(holder.result()).resolves.toMatchObject({ outcome: 'cancelled', sentNothing: false });
  expect([...world.slices].sort()).toEqual(['add-0', 'add-1']);
  expect(world.commitRun.calls.map(({ request }) => request)).toEqual([
    { key: KEY, generation: 1, ledger: ledgerOf(1), closes: [1], wholeSource: 'd'.repeat(64) },
  ]);

  world.sendSlice.answer = (slice) => receiptOf(slice);
  await expect(bed.execute(activationInput())).resolves.toMatchObject({ outcome: 'done', generation: 2 });
  expect(world.recoverLedger.calls.map(({ generation, open }) => [generation, open])).toEqual([[2, []]]);
});
