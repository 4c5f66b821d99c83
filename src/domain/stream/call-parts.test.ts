import { type CallParts, isShareable, joinBodies, sizeOf, sizesOf, takeApart } from './call-parts';
import { type CallEndpoint, type JsonObject, type JsonValue } from './vocabulary';

function taken(endpoint: CallEndpoint, body: JsonObject): CallParts {
  const parts = takeApart(endpoint, body, true);
  if ('problem' in parts) throw new Error(parts.problem);
  return parts;
}

const joined = (...calls: CallParts[]) => JSON.parse(joinBodies(calls)) as unknown;

test('calls of one rest become one request: each array in the order of the calls, the rest once', () => {
  const first = taken('users.track', {
    partner: 'x',
    attributes: [{ external_id: '1', plan: 'a' }],
    events: [
      { external_id: '1', name: 'e1' },
      { external_id: '1', name: 'e2' },
    ],
  });
  const second = taken('users.track', { partner: 'x', attributes: [{ external_id: '2', plan: 'b' }] });
  const third = taken('users.track', { partner: 'x', purchases: [{ external_id: '3' }] });
  expect(joined(first, second, third)).toEqual({
    partner: 'x',
    attributes: [
      { external_id: '1', plan: 'a' },
      { external_id: '2', plan: 'b' },
    ],
    events: [
      { external_id: '1', name: 'e1' },
      { external_id: '1', name: 'e2' },
    ],
    purchases: [{ external_id: '3' }],
  });
  expect([first, second, third].map(sizeOf)).toEqual([3, 1, 1]);
  expect(sizesOf([first, second, third])).toEqual({ attributes: 2, events: 2, purchases: 1 });
  expect([first, second, third].every(isShareable)).toBe(true);
});

test('a trigger shares a request by its recipients; without any it is meant for whoever its rest says, and goes alone', () => {
  const one = taken('canvas.trigger.send', { canvas_id: 'c', recipients: [{ external_user_id: '1' }] });
  const two = taken('canvas.trigger.send', { canvas_id: 'c', recipients: [{ external_user_id: '2' }] });
  expect(one.rest).toBe(two.rest);
  expect(joined(one, two)).toEqual({
    canvas_id: 'c',
    recipients: [{ external_user_id: '1' }, { external_user_id: '2' }],
  });
  const everybody = taken('campaigns.trigger.send', { campaign_id: 'c', broadcast: true });
  expect(joined(everybody)).toEqual({ campaign_id: 'c', broadcast: true });
  expect([one, everybody].map(isShareable)).toEqual([true, false]);
  expect([one, everybody].map(sizeOf)).toEqual([1, 1]);
});

test('a body that is nothing but its objects has no rest, and no calls make an empty body', () => {
  expect(joined(taken('users.track', { events: [{ name: 'e' }] }))).toEqual({ events: [{ name: 'e' }] });
  expect(joinBodies([])).toBe('{}');
  expect(joined(taken('canvas.trigger.send', {}))).toEqual({});
});

test('odd names and values arrive as they were: texts are joined, never cut', () => {
  const odd = { '"}],"x":[{': ['{{', '\\', { recipients: [] }], '{}': 1 };
  const body: JsonObject = { '},{': '{}', events: [odd], purchases: [] };
  expect(joined(taken('users.track', body))).toEqual({ '},{': '{}', events: [odd] });
});

test.each<[CallEndpoint, JsonObject, string]>([
  ['users.track', { attributes: 'x' }, 'attributes is not a list of objects'],
  ['users.track', { events: [{ a: 1 }, 7] }, 'events is not a list of objects'],
  ['users.track', { purchases: [[1]] }, 'purchases is not a list of objects'],
  ['users.track', { purchases: [null] }, 'purchases is not a list of objects'],
  ['users.track', { partner: 'x', events: [] }, 'neither attributes nor events nor purchases are left in it'],
  ['canvas.trigger.send', { recipients: {} }, 'recipients is not a list of objects'],
  ['campaigns.trigger.send', { recipients: ['1'] }, 'recipients is not a list of objects'],
])('%s with %j is no call', (endpoint, body, problem) => {
  expect(takeApart(endpoint, body, true)).toEqual({ problem });
});

test.each<[JsonValue, JsonValue, boolean]>([
  ['x', 'x', true],
  ['x', 'y', false],
  [['x'], 'x', false],
])('rests %j and %j agree: %s', (left, right, agree) => {
  const restOf = (partner: JsonValue) => taken('users.track', { partner, events: [{ a: 1 }] }).rest;
  expect(restOf(left) === restOf(right)).toBe(agree);
});
