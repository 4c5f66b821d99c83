import fc from 'fast-check';
import { createTemplateEngine } from '../../adapters/liquid/engine';
import { objectsIn } from './call-identifier';
import { fillSecrets } from './call-secrets';
import { type CallTemplate, type ParameterDefinition } from './parameters';
import {
  compileExternalApi,
  type CompiledCall,
  renderCall,
  type RenderedCall,
  type RenderRefusal,
  SECRET_PLACEHOLDER,
} from './render-call';
import { type JsonObject, type JsonValue } from './vocabulary';

const STRING: ParameterDefinition = { type: 'string', required: true, perEngagement: false };
const OPTIONAL: ParameterDefinition = { ...STRING, required: false };
const engine = createTemplateEngine();

function compiled(template: Partial<CallTemplate>): CompiledCall {
  const outcome = compileExternalApi(
    { endpoint: 'users.track', payload: {}, parameters: {}, ...template },
    engine,
  );
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return outcome.value;
}

/** A call about one person with these further fields and parameters. */
function call(fields: JsonObject, parameters: Record<string, ParameterDefinition>): CompiledCall {
  const payload = { attributes: [{ external_id: '{{ id }}', ...fields }] };
  return compiled({ payload, parameters: { id: STRING, ...parameters } });
}

function rendered(result: RenderedCall | RenderRefusal): RenderedCall {
  if (!result.ok) throw new Error(result.message);
  return result;
}

/** As a value is once it has been through a database or Temporal. */
function asParsed(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

/** What became of the fields. */
function fieldsOf(api: CompiledCall, values: JsonObject): JsonValue | undefined {
  return objectsIn(rendered(renderCall(api, { id: 'u', ...values })).body, 'attributes')[0];
}

test('a leaf that is one hole keeps the type of its value', () => {
  const json: ParameterDefinition = { ...STRING, type: 'json' };
  const api = call(
    { a: '{{ a }}', b: ' {{ a }}', c: { d: ['{{ a }}', 1] } },
    { a: { ...STRING, type: 'number' } },
  );
  expect(fieldsOf(api, { a: 4.5 })).toEqual({ external_id: 'u', a: 4.5, b: ' 4.5', c: { d: [4.5, 1] } });
  const whole = call({ list: '{{ a }}' }, { a: json });
  expect(fieldsOf(whole, { a: ['x', { y: null }] })).toEqual({ external_id: 'u', list: ['x', { y: null }] });
});

test('filters cut between characters, never within one', () => {
  const api = call(
    {
      a: '{{ a | slice: 0, 3 }}',
      b: '{{ a | truncate: 4, "" }}',
      c: 'x{{ a | slice: 1, 1 }}y{{ a | slice: 2, 1 }}',
    },
    { a: STRING },
  );
  expect(fieldsOf(api, { a: '😀😀😀' })).toEqual({ external_id: 'u', a: '😀😀😀', b: '😀😀😀', c: 'x😀y😀' });
});

test('what is missing is left out, or nothing within a longer text', () => {
  const api = call(
    { a: '{{ a }}', b: ['{{ a }}', 'x'], c: 'Hi {{ a }}!', d: { e: '{{ a }}' } },
    { a: OPTIONAL },
  );
  expect(fieldsOf(api, {})).toEqual({ external_id: 'u', b: ['x'], c: 'Hi !', d: {} });
  expect(fieldsOf(api, { a: null })).toEqual(fieldsOf(api, {}));
  const byDefault = call({ a: '{{ a }}' }, { a: { ...OPTIONAL, default: 'free' } });
  expect(fieldsOf(byDefault, {})).toEqual({ external_id: 'u', a: 'free' });
  const byFilter = call({ a: '{{ a | default: "none" }}', b: '{{ a | upcase }}' }, { a: OPTIONAL });
  expect(fieldsOf(byFilter, {})).toEqual({ external_id: 'u', a: 'none' });
});

test('filters are those of Liquid', () => {
  const number: ParameterDefinition = { ...STRING, type: 'number' };
  const time: ParameterDefinition = { ...STRING, type: 'time' };
  const api = call(
    {
      name: '{{ name | strip | capitalize | append: "!" }}',
      sum: '{{ n | plus: 1.5 | times: 2 }}',
      text: '{{ n | round: 1 }} €',
      day: '{{ at | date: "%Y-%m-%d" }}',
      part: '{{ name | slice: 0, 3 | url_encode }}',
    },
    { name: STRING, n: number, at: time },
  );
  expect(fieldsOf(api, { name: ' ada b ', n: 2.25, at: '2026-11-22T23:30:00-02:00' })).toEqual({
    ...{ external_id: 'u', name: 'Ada b!', sum: 7.5, text: '2.3 €', day: '2026-11-23', part: '+ad' },
  });
});

test('values are refused by name, never repeated', () => {
  const api = call(
    { plan: '{{ plan }}', n: '{{ n | divided_by: 0 }}' },
    { plan: OPTIONAL, n: { ...OPTIONAL, type: 'number' } },
  );
  const refusal = (values: JsonObject) => renderCall(api, { id: 'u', ...values });
  expect(renderCall(api, {})).toEqual({ ok: false, code: 'PARAMETER_MISSING', message: 'id has no value' });
  expect(refusal({ plan: 5 })).toEqual({
    ok: false,
    code: 'PARAMETER_INVALID',
    message: 'plan is not a text',
  });
  const undeclared = (name: string) => {
    const refused = refusal({ [name]: 'x' });
    return refused.ok ? undefined : [refused.code, refused.message];
  };
  expect(undeclared('toString')).toEqual([
    'PARAMETER_INVALID',
    'a value was given for toString, which is not declared; there are id, plan, n',
  ]);
  expect(undeclared('ann@example.com')?.join()).toContain('for a name that is not repeated here, which');
  expect(undeclared('k4711471147114711')?.join()).toContain('for a name that is not repeated here, which');
  expect(refusal({ n: 1 })).toMatchObject({ message: 'n cannot be used with its filters' });
  expect(renderCall(api, { id: ' ' })).toMatchObject({
    code: 'PARAMETER_INVALID',
    message: expect.stringContaining('identifier'),
  });
  expect(refusal({ plan: 'x'.repeat(1_000_000) })).toMatchObject({ code: 'CALL_TOO_LARGE' });
  expect(refusal({ plan: '€'.repeat(50_000) })).toMatchObject({ code: 'CALL_TOO_LARGE' });
});

test('the parameters that there are are named, as far as they are few', () => {
  const names = Array.from({ length: 22 }, (_, at) => `p${at}`);
  const fields = Object.fromEntries(names.map((name) => [name, `{{ ${name} }}`]));
  const many = call(fields, Object.fromEntries(names.map((name) => [name, OPTIONAL])));
  const refusal = (api: CompiledCall) => renderCall(api, { id: 'u', zip: 'x' });
  expect(refusal(many)).toMatchObject({ message: expect.stringMatching(/are id, p0, .*p18 and 3 more$/) });
  expect(refusal(call({}, {}))).toMatchObject({ message: expect.stringMatching(/there is id$/) });
  const fixed = { endpoint: 'users.track', parameters: new Map(), root: many.root } as const;
  expect(refusal(fixed)).toMatchObject({ message: expect.stringMatching(/there are no parameters$/) });
});

test('a value in many places is refused before it fills the memory', () => {
  const many = call(
    { list: Array.from({ length: 2_000 }, () => '{{ a }}'), t: '{{ a }}{{ a | upcase }}' },
    { a: STRING },
  );
  expect(renderCall(many, { id: 'u', a: 'x'.repeat(90_000) })).toMatchObject({ code: 'CALL_TOO_LARGE' });
  const text = call({ t: '{{ a }}{{ a }}{{ a }}' }, { a: STRING });
  expect(renderCall(text, { id: 'u', a: 'x'.repeat(90_000) })).toMatchObject({ code: 'CALL_TOO_LARGE' });
  const filtered = call({ t: '{{ a | upcase }}' }, { a: STRING });
  expect(renderCall(filtered, { id: 'u', a: 'x'.repeat(1_000_000) })).toMatchObject({
    code: 'CALL_TOO_LARGE',
  });
  const json = call({ t: '{{ a }}' }, { a: { ...STRING, type: 'json' } });
  expect(renderCall(json, { id: 'u', a: ['x'.repeat(200_000)] })).toMatchObject({ code: 'CALL_TOO_LARGE' });
});

test('secrets are held open by their places', () => {
  const api = call(
    { 'a/b~c': ['{{ gone }}', { key: '{{ key }}' }], key: '{{ key }}' },
    { gone: OPTIONAL, key: { ...STRING, secret: 'env:KEY' } },
  );
  const { body, secrets } = rendered(renderCall(api, { id: 'u' }));
  expect(body).toEqual({
    attributes: [{ external_id: 'u', 'a/b~c': [{ key: SECRET_PLACEHOLDER }], key: SECRET_PLACEHOLDER }],
  });
  expect(secrets).toEqual([
    { pointer: '/attributes/0/a~1b~0c/0/key', reference: 'env:KEY' },
    { pointer: '/attributes/0/key', reference: 'env:KEY' },
  ]);
  const filled = fillSecrets(body, secrets, new Map([['env:KEY', 's3cret']]));
  expect(filled).toEqual({
    attributes: [{ external_id: 'u', 'a/b~c': [{ key: 's3cret' }], key: 's3cret' }],
  });
  expect(JSON.stringify(body)).not.toContain('s3cret');
  expect(fillSecrets(body, secrets, new Map())).toBeUndefined();
  const resolved = new Map([['env:KEY', 'x']]);
  for (const pointer of ['/attributes/7/key', '/attributes/0/none/deep', '/events', ''])
    expect(fillSecrets(body, [{ pointer, reference: 'env:KEY' }], resolved)).toBeUndefined();
  expect(renderCall(api, { id: 'u', key: 'x' })).toMatchObject({ code: 'PARAMETER_INVALID' });
});

test('what can be sent twice', () => {
  const id = '{{ id }}';
  const api = (payload: JsonObject) => compiled({ payload, parameters: { id: STRING } });
  const isIdempotent = (payload: JsonObject) => rendered(renderCall(api(payload), { id: 'u' })).isIdempotent;
  expect(isIdempotent({ attributes: [{ external_id: id, tags: { add: ['a'] } }] })).toBe(true);
  expect(isIdempotent({ attributes: [{ external_id: id, visits: { inc: 1 } }] })).toBe(false);
  expect(isIdempotent({ attributes: [{ external_id: id, cars: { $add: [{ a: 1 }] } }] })).toBe(false);
  expect(isIdempotent({ events: [{ external_id: id, name: 'x' }] })).toBe(false);
  expect(isIdempotent({ purchases: [{ external_id: id, product_id: 'x' }] })).toBe(false);
  const payload = { canvas_id: 'c', recipients: [{ external_user_id: id }] };
  const trigger = compiled({ endpoint: 'canvas.trigger.send', payload, parameters: { id: STRING } });
  expect(rendered(renderCall(trigger, { id: 'u' }))).toMatchObject({
    isIdempotent: false,
    identifier: { external_id: 'u' },
  });
});

test('the identifier is that of Braze', () => {
  const identifier = (fields: JsonObject) => {
    const api = compiled({ payload: { attributes: [fields] }, parameters: { id: STRING } });
    return rendered(renderCall(api, { id: 'u' })).identifier;
  };
  expect(identifier({ external_id: '{{ id }}', email: 'a' })).toEqual({ external_id: 'u' });
  expect(identifier({ braze_id: '{{ id }}' })).toEqual({ braze_id: 'u' });
  expect(identifier({ email: '{{ id }}@example.com', phone: 'x' })).toEqual({ email: 'u@example.com' });
  expect(identifier({ phone: '{{ id }}' })).toEqual({ phone: 'u' });
  const alias = { alias_name: '{{ id }}', alias_label: 'crm' };
  expect(identifier({ user_alias: alias })).toEqual({ user_alias: { ...alias, alias_name: 'u' } });
  const blank = compiled({ payload: { attributes: [{ user_alias: alias }] }, parameters: { id: STRING } });
  expect(renderCall(blank, { id: ' ' })).toMatchObject({ code: 'PARAMETER_INVALID' });
  const label = { user_alias: { alias_name: '{{ id }}', alias_label: '{{ label }}' } };
  const labelled = compiled({
    payload: { attributes: [label] },
    parameters: { id: STRING, label: OPTIONAL },
  });
  expect(renderCall(labelled, { id: 'u' })).toMatchObject({ code: 'PARAMETER_INVALID' });
});

test('what is wrong with a definition is told instead of compiled', () => {
  const template = { endpoint: 'users.track', payload: {}, parameters: {} } as const;
  expect(compileExternalApi(template, engine)).toMatchObject({ ok: false });
});

describe('whatever the values are', () => {
  const template: CallTemplate = {
    endpoint: 'users.track',
    payload: {
      attributes: [
        {
          external_id: '{{ id }}',
          before: 'fixed',
          text: '{{ text }}',
          mixed: 'Hi {{ text }} and {{ text | upcase }}',
          data: '{{ data }}',
          nested: { 'deep key': ['{{ text }}', 'fixed'] },
          after: 1,
        },
      ],
    },
    parameters: { id: STRING, text: STRING, data: { ...STRING, type: 'json' } },
  };
  const api = compiled(template);
  const hostile = fc.constantFrom(
    '"}],"x":[{',
    '{{ id }}',
    '{{',
    '}}',
    '{% raw %}',
    '\\',
    '"',
    '\u2028',
    '__proto__',
    '${id}',
    'x'.repeat(1_000_000),
  );
  const text = fc.oneof(
    hostile,
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.string(), hostile).map((all) => all.join('')),
  );
  const data = fc.oneof(fc.jsonValue(), text, fc.dictionary(text, fc.jsonValue(), { noNullPrototype: true }));

  test('the output has the shape of the payload and nothing else changes, or there is a clear refusal', () => {
    fc.assert(
      fc.property(text, data, (given, tree) => {
        const values = asParsed({ id: 'u', text: given, data: tree });
        const result = renderCall(api, values);
        if (!result.ok) {
          expect(['PARAMETER_MISSING', 'PARAMETER_INVALID', 'CALL_TOO_LARGE']).toContain(result.code);
          expect(result.message.length).toBeLessThan(200);
          return;
        }
        const body = asParsed(result.body);
        expect(body).toEqual({
          attributes: [
            {
              external_id: 'u',
              before: 'fixed',
              text: given,
              mixed: `Hi ${given} and ${given.toUpperCase()}`,
              data: values['data'],
              nested: { 'deep key': [given, 'fixed'] },
              after: 1,
            },
          ],
        });
        const names = (of: JsonObject) => objectsIn(of, 'attributes').map((object) => Object.keys(object));
        expect(names(body)).toEqual(names(template.payload));
        expect('a' in {}).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
