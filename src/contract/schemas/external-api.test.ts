import { parseExternalApi, parseExternalApiTest } from './external-api';

const LEAD = {
  name: 'lead-profile',
  channel: 'profile',
  payload: { attributes: [{ external_id: '{{ id }}', plan: '{{ plan }}' }] },
  parameters: { id: {}, plan: { required: false, default: 'free' } },
};

function refusalOf(parsed: ReturnType<typeof parseExternalApi | typeof parseExternalApiTest>) {
  if (parsed.ok) throw new Error('it was not refused');
  return parsed.fault;
}

test('a definition gets its defaults', () => {
  expect(parseExternalApi(LEAD)).toEqual({
    ok: true,
    value: {
      ...LEAD,
      endpoint: 'users.track',
      parameters: {
        id: { type: 'string', required: true, perEngagement: false },
        plan: { type: 'string', required: false, default: 'free', perEngagement: false },
      },
    },
  });
});

test('every problem is told with its field', () => {
  const fault = refusalOf(
    parseExternalApi({ ...LEAD, name: 'Lead Form', channl: 'x', parameters: { id: { type: 'text' } } }),
  );
  expect(fault.code).toBe('INPUT_INVALID');
  expect(fault.message).toContain('did you mean "channel"');
  expect(fault.fields?.map(({ field }) => field)).toEqual(
    expect.arrayContaining(['name', 'parameters.id.type']),
  );
  const holes = refusalOf(parseExternalApi({ ...LEAD, parameters: { id: {} } }));
  expect(holes.fields).toEqual([
    {
      field: 'payload.attributes[0].plan',
      problem: 'has the hole plan, which is not among the parameters',
    },
  ]);
});

test('several people, secrets and what is no JSON have words of their own', () => {
  const [object] = LEAD.payload.attributes;
  const several = { attributes: [object, { external_id: 'x{{ id }}' }] };
  expect(refusalOf(parseExternalApi({ ...LEAD, payload: several })).code).toBe('PAYLOAD_SEVERAL_USERS');
  const literal = { attributes: [{ ...object, api_key: 'abcdef-123456' }] };
  const secret = refusalOf(parseExternalApi({ ...LEAD, payload: literal }));
  expect(secret.code).toBe('SECRET_LITERAL');
  expect(secret.message).not.toContain('abcdef');
  const pasted = { ...LEAD, parameters: { ...LEAD.parameters, plan: { secret: 'abcdef-123456' } } };
  expect(refusalOf(parseExternalApi(pasted)).code).toBe('SECRET_LITERAL');
  expect(refusalOf(parseExternalApi({ ...LEAD, payload: [] })).message).toContain('must be an object');
  expect(refusalOf(parseExternalApi({ ...LEAD, payload: undefined })).message).toContain('is missing');
  const proto: unknown = JSON.parse('{"attributes":[{"__proto__":{}}]}');
  expect(refusalOf(parseExternalApi({ ...LEAD, payload: proto })).message).toContain('__proto__');
  const byDefault = { ...LEAD.parameters, plan: { type: 'json', default: JSON.parse('{"__proto__":1}') } };
  expect(refusalOf(parseExternalApi({ ...LEAD, parameters: byDefault })).message).toContain('__proto__');
});

test('a test names a saved External API or brings one', () => {
  const byName = { integration: 'shop', externalApi: 'lead-profile', version: 2, values: { id: 'u' } };
  expect(parseExternalApiTest(byName)).toEqual({ ok: true, value: { ...byName, cleanUp: true } });
  const brought = parseExternalApiTest({ integration: 'shop', externalApi: LEAD });
  expect(brought).toMatchObject({
    ok: true,
    value: { values: {}, externalApi: { endpoint: 'users.track' } },
  });
  const both = refusalOf(parseExternalApiTest({ integration: 'shop', externalApi: LEAD, version: 1 }));
  expect(both.message).toContain('version: belongs to a saved External API');
  const bad = { integration: 'shop', externalApi: { ...LEAD, parameters: {} } };
  expect(refusalOf(parseExternalApiTest(bad)).message).toContain('externalApi.payload.attributes[0]');
  expect(refusalOf(parseExternalApiTest({ integration: 'shop' })).message).toContain('externalApi');
  expect(refusalOf(parseExternalApiTest('shop')).code).toBe('INPUT_INVALID');
  const values = { integration: 'shop', externalApi: 'a', values: 'x' };
  expect(refusalOf(parseExternalApiTest(values)).message).toContain('values: must be an object');
});
