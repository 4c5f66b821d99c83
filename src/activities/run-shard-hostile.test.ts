import { type Engagement } from '../contract/engagement';
import { type JsonValue } from '../domain/stream/vocabulary';
import { callsOf, engagement, SHOP, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';

let world: ShardWorld;
afterEach(() => world.close());

const NEIGHBOUR = 99;

/** Until everything is worked off, and the neighbour's event, which comes last, has reached Braze. */
async function workOff(more: Parameters<ShardWorld['keep']>[1] = {}): Promise<void> {
  await world.post([{ person: NEIGHBOUR }]);
  const keeping = world.keep(0, more);
  await world.settled();
  await keeping.end();
}

async function calls(): Promise<{ person: number; state: string; reason: string | null }[]> {
  return world.rows(
    'SELECT profile_id::int AS person, state, reason FROM brazier.call ORDER BY profile_id, id',
  );
}

test.each<[string, Engagement['segment']['condition']]>([
  ['olderThanDays', { field: 'events.step.last.until', olderThanDays: 3 }],
  ['withinDays', { field: 'events.step.last.until', withinDays: 36_500 }],
])('moments at the ends of time (%s) wake nobody, and hold up nobody', async (_name, condition) => {
  const segment = { name: 'until', version: 1, condition };
  world = await startShardWorld({ engagement: engagement('odds', { segment }) });
  const moments: JsonValue[] = [
    ...[1e300, -1e300, 1.7976931348623157e308, 8.64e15, 8.64e15 + 2, -8.64e15 - 2, 2 ** 53 + 2, 9.3e15],
    ...['9999-12-31T23:59:59Z', '0000-01-01', '+275760-09-13T00:00:00Z'],
  ];
  await world.post(moments.map((until, at) => ({ person: at + 1, properties: { until } })));
  await world.post([{ person: NEIGHBOUR, properties: { until: Date.now() - 10 * 86_400_000 } }]);
  const keeping = world.keep(0);
  await world.settled();
  await keeping.end();
  expect((await calls()).filter(({ person }) => person === NEIGHBOUR)).toMatchObject([
    { state: 'delivered' },
  ]);
});

test.each<[string, string]>([
  ['a NUL character', 'no \u0000 here'],
  ['half of a character', `${'x'.repeat(10)}\ud83d`],
  ['a whole page', `\u{1F600}${'é'.repeat(1_000_000)}`],
  ['quotes and braces', '"}],"x":[{ {{ hole }} {% raw %}'],
  ['nothing', ''],
])('a refusal of Braze that holds %s is kept, and holds up nobody', async (_name, words) => {
  world = await startShardWorld();
  const door = world.door();
  let refused = 0;
  const openBraze = () =>
    Promise.resolve({
      ok: true as const,
      value: {
        ...door,
        send: (...[endpoint, body]: Parameters<typeof door.send>) => {
          if (!body.includes('"p1"')) return door.send(endpoint, body);
          refused += 1;
          const answer = JSON.stringify({ message: words, errors: [words] });
          return Promise.resolve({ kind: 'answer' as const, status: 400, headers: {}, body: answer });
        },
      },
    });
  await world.post([{ person: 1 }]);
  await workOff({ openBraze });
  expect(refused).toBeGreaterThan(0);
  const [letter, neighbour] = await calls();
  expect([letter?.state, neighbour?.state]).toEqual(['refused', 'delivered']);
  expect(letter?.reason?.length).toBeLessThanOrEqual(1_000);
});

test('calls of every shape go on as data', async () => {
  world = await startShardWorld();
  const odd: JsonValue[] = [
    ...[
      '"}],"x":[{',
      '{{ user.name }}',
      '{% raw %}{{',
      '\\u0000',
      '</script>',
      "'; DROP TABLE brazier.call; --",
    ],
    ...[2 ** 53 + 2, -0, 1e-320, 1e308, true, null],
    JSON.parse('{"constructor":{"prototype":{"a":1}},"toString":"x","hasOwnProperty":1}') as JsonValue,
    'é'.repeat(20_000),
  ];
  const made = callsOf('attributes', (n) => ({ odd: odd[n - 1] ?? null }));
  await world.post(odd.map(() => ({ person: 1 })));
  await workOff({ calls: made });
  const [first] = [...world.braze.workspace.order.all()].filter(({ user }) => user === 'p1');
  expect(first?.writes.map(({ object }) => object['odd'] ?? null)).toEqual(
    odd.map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
  );
  expect(await world.rows('SELECT 1 AS one FROM brazier.set_aside WHERE integration = $1', [SHOP])).toEqual(
    [],
  );
});
