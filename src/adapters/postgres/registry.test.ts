import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { type ExternalApiDefinition, type Verdict } from '../../contract/external-api';
import { type Outcome } from '../../contract/errors';
import { createRegistry, type Registry } from './registry';

let own: TestDatabase;
let registry: Registry;
beforeAll(async () => {
  own = await createTestDatabase();
  registry = createRegistry(own.database);
});
afterAll(() => own.close());

async function valueOf<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (!settled.ok) throw new Error(settled.fault.message);
  return settled.value;
}

const definition = (name: string, plan = '{{plan}}'): ExternalApiDefinition => ({
  name,
  channel: 'profile',
  endpoint: 'users.track',
  payload: { attributes: [{ external_id: '{{id}}', plan }] },
  parameters: {},
});

test('the same definition has one version, however it is written and however many save it at once', async () => {
  const { name, channel, endpoint, payload, parameters } = definition('same');
  const turned: ExternalApiDefinition = { parameters, payload, endpoint, channel, name };
  const saved = await Promise.all(
    [definition('same'), turned, definition('same'), turned].map((each) =>
      valueOf(registry.saveExternalApi(each)),
    ),
  );
  expect(saved.map(({ version }) => version)).toEqual([1, 1, 1, 1]);
  expect(new Set(saved.map(({ digest }) => digest)).size).toBe(1);
});

test('different definitions saved at once become versions without a gap; old ones stay as they were', async () => {
  const plans = ['a', 'b', 'c', 'd', 'e'];
  const saved = await Promise.all(
    plans.map((plan) => valueOf(registry.saveExternalApi(definition('many', plan)))),
  );
  expect(saved.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5]);
  const first = saved.find(({ version }) => version === 1);
  expect(await valueOf(registry.externalApiVersion('many', 1))).toEqual(first);
  expect((await valueOf(registry.externalApiVersion('many'))).version).toBe(5);
  expect(await valueOf(registry.listExternalApis())).toContainEqual(
    expect.objectContaining({ name: 'many', latestVersion: 5 }),
  );
});

test('what is not there is refused by its code', async () => {
  expect(await registry.externalApiVersion('nothing')).toMatchObject({
    fault: { code: 'EXTERNAL_API_UNKNOWN' },
  });
  expect(await registry.externalApiVersion('same', 9)).toMatchObject({
    fault: { code: 'EXTERNAL_API_UNKNOWN', message: expect.stringContaining('version 9') },
  });
  expect(await registry.segmentVersion('shop', 'nobody')).toMatchObject({
    fault: { code: 'SEGMENT_UNKNOWN' },
  });
});

test('of several verdicts the last one counts, for its integration and key only', async () => {
  await valueOf(registry.saveExternalApi(definition('judged')));
  const verdict: Verdict = {
    externalApi: 'judged',
    version: 1,
    integration: 'shop',
    keyFingerprint: '0123456789abcdef',
    passed: true,
    proof: 'readBack',
    testedAt: '2026-11-01T00:00:00.000Z',
  };
  const failed: Verdict = { ...verdict, passed: false, reason: 'the profile stayed as it was' };
  await valueOf(registry.recordVerdict(verdict));
  await valueOf(registry.recordVerdict(failed));
  await valueOf(registry.recordVerdict({ ...verdict, integration: 'other' }));
  expect(await valueOf(registry.latestVerdict(verdict))).toEqual(failed);
  const otherKey = { ...verdict, keyFingerprint: 'fedcba9876543210' };
  expect(await valueOf(registry.latestVerdict(otherKey))).toBeUndefined();
  expect((await valueOf(registry.listVerdicts('judged'))).map(({ passed }) => passed).sort()).toEqual([
    false,
    true,
  ]);
});

test('a segment gets a version for another condition, and none for the same one', async () => {
  const segment = { integration: 'shop', name: 'vip', condition: { field: 'traits.plan', equals: 'gold' } };
  const saved = await Promise.all([1, 2, 3].map(() => valueOf(registry.saveSegment(segment))));
  expect(saved.map(({ version }) => version)).toEqual([1, 1, 1]);
  const other = { ...segment, condition: { field: 'traits.plan', equals: 'silver' } };
  expect((await valueOf(registry.saveSegment(other))).version).toBe(2);
  expect(await valueOf(registry.segmentVersion('shop', 'vip', 1))).toMatchObject(segment);
  expect(await valueOf(registry.listSegments('shop'))).toEqual([expect.objectContaining({ version: 2 })]);
});
