import { Connection } from '@temporalio/client';
import {
  type InternalConnectionOptions,
  InternalConnectionOptionsSymbol,
} from '@temporalio/client/lib/connection';
import { msToTs } from '@temporalio/common/lib/time';
import { startTimeSkippingServer } from './time-skipping';

const DAY_SECONDS = 86_400;

test('twenty days pass on the server while the test waits for them', async () => {
  const server = await startTimeSkippingServer();
  const options: InternalConnectionOptions = {
    address: server.address,
    [InternalConnectionOptionsSymbol]: { supportsTestService: true },
  };
  const connection = await Connection.connect(options);
  try {
    const clock = connection.testService!;
    const now = async () => Number((await clock.getCurrentTime({})).time?.seconds ?? 0);
    const before = await now();
    await clock.unlockTimeSkippingWithSleep({ duration: msToTs('20 days') });
    expect((await now()) - before).toBeGreaterThanOrEqual(20 * DAY_SECONDS);
  } finally {
    await connection.close();
    await server.close();
  }
});
