import { setTimeout as sleep } from 'node:timers/promises';
import { QUICK, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';
import { fault, type Outcome } from '../contract/errors';
import { type CallRecord } from '../domain/stream/shard-work';
import { type JsonObject, type JsonValue } from '../domain/stream/vocabulary';
import { READ_BACK_OFF, ShardWitness, type ReadDoor, type WitnessedCall } from './shard-witness';

const worlds: ShardWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** What a shard has seen once it has looked for so many calls. */
async function witnessed(applyLagMs: number, looks: number): Promise<JsonObject | undefined> {
  const world = await startShardWorld({ sandbox: { applyLagMs } });
  worlds.push(world);
  await world.post([{ person: 1 }, { person: 2 }, { person: 3 }]);
  const reading = world.reading(100);
  const keeping = world.keep(0, {
    openReading: () => Promise.resolve({ ok: true, value: reading }),
    timing: { ...QUICK, witnessEveryMs: 0 },
  });
  for (;;) {
    const [counted] = await world.rows<{ checked: number; seen: number }>(
      'SELECT seen_checked::int AS checked, seen::int AS seen FROM brazier.engagement_count',
    );
    if ((counted?.checked ?? 0) >= looks) {
      await keeping.end();
      return counted;
    }
    await sleep(25);
  }
}

test('what was delivered is found on the profiles', async () => {
  expect(await witnessed(0, 3)).toEqual({ checked: 3, seen: 3 });
});

test('what Braze has accepted and not applied is not seen', async () => {
  expect(await witnessed(3_600_000, 3)).toEqual({ checked: 3, seen: 0 });
});

function callOf(profileId: string, value: JsonValue, attribute = 'plan'): WitnessedCall {
  const body: JsonObject = { attributes: [{ external_id: profileId, [attribute]: value }] };
  const record: CallRecord = {
    ...{ profileId, engagement: 'leads', action: 'entry', externalApi: 'note', version: 1 },
    ...{ state: 'planned', attempts: 0, plannedAtMs: 0 },
    request: { endpoint: 'users.track', body, secrets: [], isIdempotent: true },
  };
  return { profileId, record };
}

/** A witness of a workspace in which everybody holds the plan, and how often it was read. */
function witnessOf(plan: string, read?: () => Outcome<JsonObject[]>) {
  let reads = 0;
  const door: ReadDoor = {
    applyLagMs: 5,
    read() {
      reads += 1;
      return Promise.resolve(read?.() ?? { ok: true, value: [{ custom_attributes: { plan } }] });
    },
  };
  const witness = new ShardWitness({
    open: () => Promise.resolve({ ok: true, value: door }),
    everyMs: 0,
    now: () => performance.now(),
  });
  return { witness, reads: () => reads };
}

test('a defect of reading back ends the looking for a while, and says so', async () => {
  const { witness } = witnessOf('gold', () => {
    throw new TypeError('of somebody');
  });
  const call = callOf('1', 'gold');
  witness.stepped(call);
  witness.delivered(call);
  while (witness.trouble === undefined) await sleep(5);
  expect(witness.trouble).toBe('INVARIANT_BROKEN: TypeError');
  witness.close();
});

const found = (witness: ShardWitness) => Object.fromEntries(witness.take());

test('a call is not judged once the person has another one', async () => {
  const { witness, reads } = witnessOf('gold');
  const [first, second] = [callOf('1', 'silver'), callOf('1', 'gold')];
  witness.stepped(first);
  witness.delivered(first);
  witness.stepped(second);
  // One that was sent before it, and is answered after it.
  witness.delivered(first);
  await sleep(30);
  expect([found(witness), reads()]).toEqual([{}, 0]);
  witness.delivered(second);
  await sleep(30);
  expect([found(witness), reads()]).toEqual([{ leads: { checked: 1, seen: 1 } }, 1]);
  expect(found(witness)).toEqual({});
});

test('what depends on the value before, or cannot be read, is not looked for', async () => {
  const { witness, reads } = witnessOf('gold');
  for (const value of [{ add: ['a'] }, { inc: 1 }]) {
    const call = callOf('1', value);
    witness.stepped(call);
    witness.delivered(call);
  }
  const hidden = callOf('2', 'opted', 'push_tokens');
  witness.stepped(hidden);
  witness.delivered(hidden);
  await sleep(30);
  expect([found(witness), reads()]).toEqual([{}, 0]);
});

test('after a read that failed it leaves the workspace alone, and counts nothing', async () => {
  const { witness, reads } = witnessOf('gold', () => fault('BRAZE_PERMISSION_MISSING', 'users.export.ids'));
  for (const profileId of ['1', '2']) {
    const call = callOf(profileId, 'gold');
    witness.stepped(call);
    witness.delivered(call);
    await sleep(30);
  }
  expect([found(witness), reads()]).toEqual([{}, 1]);
  expect(witness.trouble).toBe('BRAZE_PERMISSION_MISSING: users.export.ids');
});

test('where reading back is switched off no profile is read, and it is said', async () => {
  let opened = 0;
  const witness = new ShardWitness({
    open: () => {
      opened += 1;
      return Promise.resolve({ ok: true, value: undefined });
    },
    everyMs: 0,
    now: () => performance.now(),
  });
  for (const profileId of ['1', '2']) {
    const call = callOf(profileId, 'gold');
    witness.stepped(call);
    witness.delivered(call);
    await sleep(30);
  }
  expect([found(witness), opened, witness.trouble]).toEqual([{}, 1, READ_BACK_OFF]);
});

test('nothing is looked for once it is closed', async () => {
  const { witness, reads } = witnessOf('gold');
  const call = callOf('1', 'gold');
  witness.stepped(call);
  witness.delivered(call);
  witness.close();
  witness.delivered(call);
  await sleep(30);
  expect([found(witness), reads()]).toEqual([{}, 0]);
});
