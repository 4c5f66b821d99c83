import { definitionProblems } from './definition-rules';
import { type CallTemplate, type ParameterDefinition } from './parameters';
import { type JsonObject } from './vocabulary';

const STRING: ParameterDefinition = { type: 'string', required: true, perEngagement: false };
const LEAD: CallTemplate = {
  endpoint: 'users.track',
  payload: { attributes: [{ external_id: '{{ id }}', plan: '{{ plan }}' }] },
  parameters: { id: STRING, plan: { ...STRING, required: false } },
};

function problemsOf(change: Partial<CallTemplate>): string[] {
  return definitionProblems({ ...LEAD, ...change }).map(
    ({ path, problem, code }) => `${path.join('.')}: ${problem}${code === undefined ? '' : ` [${code}]`}`,
  );
}

function withPayload(payload: JsonObject, parameters: CallTemplate['parameters'] = { id: STRING }): string[] {
  return problemsOf({ payload, parameters });
}

const track = (...attributes: JsonObject[]): JsonObject => ({ attributes });
const USER = { external_id: '{{ id }}' };

test('a good definition has no problems', () => {
  expect(problemsOf({})).toEqual([]);
  const all = { attributes: [USER], events: [{ ...USER, name: 'Lead' }], purchases: [{ ...USER, price: 1 }] };
  expect(withPayload(all)).toEqual([]);
  expect(withPayload(track({ user_alias: { alias_name: '{{ id }}', alias_label: 'crm' } }))).toEqual([]);
  expect(withPayload(track({ email: '{{ id | downcase }}' }))).toEqual([]);
  expect(withPayload(track({ phone: '+{{ id }}' }))).toEqual([]);
});

test('holes are declared, and parameters used', () => {
  expect(withPayload(track({ ...USER, plan: '{{ nope }}' }))).toEqual([
    'payload.attributes.0.plan: has the hole nope, which is not among the parameters',
  ]);
  expect(withPayload(track(USER), { id: STRING, more: STRING })).toEqual([
    'parameters.more: is used nowhere in the payload',
  ]);
  expect(withPayload(track({ ...USER, plan: '{{ toString }}' }))[0]).toContain('toString, which is not');
  expect(withPayload(track({ ...USER, plan: '{% if %}' }))[0]).toContain('tag');
  expect(withPayload(track({ ...USER, plan: '{{ id | plus: 1 }}' }))[0]).toContain('takes number');
});

test('names are never templates, nor prototypes', () => {
  expect(withPayload(track({ ...USER, 'x{{ id }}': 1 }))[0]).toContain('names are never templates');
  expect(withPayload(track({ ...USER, constructor: 1 }))[0]).toContain('named constructor');
  const proto: JsonObject = JSON.parse('{"attributes":[{"__proto__":{"a":1}}]}');
  expect(withPayload(proto)[0]).toContain('__proto__');
  expect(withPayload(track(USER), { id: STRING, 'a-b': STRING })[0]).toContain('must be named by letters');
});

test('payloads are bounded', () => {
  let deep: JsonObject = {};
  for (let level = 0; level < 20; level += 1) deep = { deep };
  expect(withPayload(deep)).toEqual(['payload: is nested too deep']);
  expect(withPayload(track({ ...USER, long: 'x'.repeat(70_000) }))).toEqual([
    'payload: is larger than 64 KB',
  ]);
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`p${at}`, STRING]));
  expect(withPayload(track(USER), many)[0]).toContain('more than 200');
});

test('parameters fit together', () => {
  const parameter = (change: Partial<ParameterDefinition>) =>
    problemsOf({ parameters: { id: STRING, plan: { ...STRING, ...change } } });
  expect(parameter({ default: 'free' })).toEqual([]);
  expect(parameter({ default: 1 })).toEqual(['parameters.plan: has a default that is not a text']);
  expect(parameter({ default: null })[0]).toContain('null as its default');
  expect(parameter({ secret: 'env:KEY' })).toEqual([]);
  expect(parameter({ secret: 'env:KEY', required: false })[0]).toContain('must be a required string');
  expect(parameter({ secret: 'env:KEY', default: 'x' })[0]).toContain('no default');
});

test('secrets stand alone and never literally', () => {
  const parameters = { id: STRING, key: { ...STRING, secret: 'env:KEY' } } as const;
  expect(withPayload(track({ ...USER, token: '{{ key }}' }), parameters)).toEqual([]);
  expect(withPayload(track({ ...USER, token: 'Bearer {{ key }}' }), parameters)[0]).toContain('stand alone');
  expect(withPayload(track({ ...USER, token: '{{ key | upcase }}' }), parameters)[0]).toContain(
    'stand alone',
  );
  expect(withPayload(track({ ...USER, api_key: 'abcdefgh12345' }))[0]).toContain('[SECRET_LITERAL]');
  expect(withPayload(track({ ...USER, note: 'AKIAABCDEFGHIJKLMNOP' }))[0]).toContain('[SECRET_LITERAL]');
  expect(withPayload(track({ ...USER, api_key: 'short' }))).toEqual([]);
});

test('what may be more than a text stands alone', () => {
  const parameters = { id: STRING, list: { ...STRING, type: 'json' } } as const;
  expect(withPayload(track({ ...USER, list: '{{ list }}' }), parameters)).toEqual([]);
  expect(withPayload(track({ ...USER, list: 'a {{ list }}' }), parameters)[0]).toContain(
    'within a longer one',
  );
});

test('objects of users.track name one person, each of them', () => {
  expect(withPayload({ attributes: [] }, {})[0]).toContain('at least one object');
  expect(withPayload({ attributes: [USER], extra: 1 })[0]).toContain('none of attributes');
  expect(withPayload({ attributes: USER })[0]).toContain('list of objects');
  expect(withPayload({ attributes: ['{{ id }}'] })[0]).toContain('list of objects');
  expect(withPayload(track(USER, {}))[0]).toContain('names nobody');
  expect(withPayload(track({ ...USER, braze_id: '{{ id }}' }))[0]).toContain('by external_id and braze_id');
  expect(withPayload(track(...Array.from({ length: 76 }, () => USER)))[0]).toContain('76 objects');
  const two = track(USER, { external_id: 'x-{{ id }}' });
  expect(withPayload(two)).toEqual([expect.stringContaining('[PAYLOAD_SEVERAL_USERS]')]);
  const mixed = track(USER, { braze_id: '{{ id }}' });
  expect(withPayload(mixed)).toEqual([expect.stringContaining('[PAYLOAD_SEVERAL_USERS]')]);
});

test('an identifier comes from each person', () => {
  expect(withPayload(track({ external_id: 'fixed', plan: '{{ id }}' }))[0]).toContain('fixed external_id');
  expect(withPayload(track({ external_id: 5, plan: '{{ id }}' }))[0]).toContain('no text');
  for (const change of [{ required: false }, { default: 'x' }, { perEngagement: true }])
    expect(withPayload(track(USER), { id: { ...STRING, ...change } })[0]).toContain(
      'optional, has a default',
    );
  expect(withPayload(track({ external_id: '{{ id | default: "x" }}' }))[0]).toContain(
    'optional, has a default',
  );
  expect(withPayload(track({ user_alias: 'x', plan: '{{ id }}' }))[0]).toContain('without alias_name');
  expect(withPayload(track({ user_alias: { alias_name: '{{ id }}' } }))[0]).toContain('without alias_name');
  expect(withPayload(track({ user_alias: { alias_label: '{{ id }}' } }))[0]).toContain('without alias_name');
});

test('triggers reach exactly one recipient', () => {
  const trigger = (change: JsonObject, endpoint: CallTemplate['endpoint'] = 'canvas.trigger.send') =>
    definitionProblems({
      endpoint,
      payload: { canvas_id: 'c-1', recipients: [{ external_user_id: '{{ id }}' }], ...change },
      parameters: { id: STRING },
    }).map(({ problem }) => problem);
  expect(trigger({})).toEqual([]);
  expect(trigger({ campaign_id: 'c-1' }, 'campaigns.trigger.send')).toEqual([]);
  expect(trigger({}, 'campaigns.trigger.send')[0]).toContain('what is triggered');
  expect(trigger({ canvas_id: ' ' })[0]).toContain('what is triggered');
  expect(trigger({ broadcast: false })[0]).toContain('would reach others');
  expect(trigger({ audience: {} })[0]).toContain('would reach others');
  const two = [{ external_user_id: '{{ id }}' }, { external_user_id: '{{ id }}' }];
  expect(trigger({ recipients: two })[0]).toContain('exactly one');
  expect(trigger({ recipients: [{ external_id: '{{ id }}' }] })[1] ?? '').toBe('');
  expect(trigger({ recipients: [{ external_id: '{{ id }}' }] })[0]).toContain('names nobody');
});
