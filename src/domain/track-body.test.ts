import fc from 'fast-check';
import { objectAffixes, trackBody, type TrackShape } from './track-body';

const SHAPE: TrackShape = {
  identifier: 'external_id',
  attribute: 'lexer_audience',
  value: 'VIP',
  operation: 'add',
  createProfiles: false,
};

test('the joined text is the JSON that Braze expects, whatever stands in ids, attribute and value', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 20 }),
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1 }),
      (ids, attribute, value) => {
        fc.pre(
          attribute !== 'external_id' && attribute !== '_update_existing_only' && attribute !== '__proto__',
        );
        const lines = ids.map((id) => JSON.stringify(id));
        const body: unknown = JSON.parse(trackBody(lines, objectAffixes({ ...SHAPE, attribute, value })));
        expect(body).toEqual({
          attributes: ids.map((id) => ({
            external_id: id,
            [attribute]: { add: [value] },
            _update_existing_only: true,
          })),
        });
      },
    ),
  );
});

test('an alias is an object, not a text', () => {
  const line = JSON.stringify({ alias_name: 'ann', alias_label: 'crm' });
  const body: unknown = JSON.parse(trackBody([line], objectAffixes({ ...SHAPE, identifier: 'user_alias' })));
  expect(body).toMatchObject({ attributes: [{ user_alias: { alias_name: 'ann', alias_label: 'crm' } }] });
});

test.each([
  ['add', false, true],
  ['add', true, false],
  ['remove', false, true],
  ['remove', true, true],
] as const)(
  '%s with createProfiles %s says _update_existing_only: %s',
  (operation, createProfiles, expected) => {
    const body: unknown = JSON.parse(
      trackBody(['"a"'], objectAffixes({ ...SHAPE, operation, createProfiles })),
    );
    expect(body).toEqual({
      attributes: [
        { external_id: 'a', lexer_audience: { [operation]: ['VIP'] }, _update_existing_only: expected },
      ],
    });
  },
);
