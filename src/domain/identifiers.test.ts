import { aliasOf, memberOf, OUTER_SPACE_CODE_POINTS, trimmedIdentifier } from './identifiers';

test.each([
  ['external_id', '\ufeff\u00a0 Ada ', { id: 'Ada' }],
  ['external_id', ' \t', { unusable: 'blank' }],
  ['external_id', 'a\u0000b', { unusable: 'controlCharacter' }],
  ['external_id', 'é'.repeat(493), { id: 'é'.repeat(493) }],
  ['external_id', 'é'.repeat(494), { unusable: 'tooLong' }],
  ['external_id', 'a'.repeat(987), { id: 'a'.repeat(987) }],
  ['external_id', 'a'.repeat(988), { unusable: 'tooLong' }],
  ['external_id', '字'.repeat(329), { id: '字'.repeat(329) }],
  ['external_id', '字'.repeat(330), { unusable: 'tooLong' }],
  ['external_id', '😀'.repeat(246), { id: '😀'.repeat(246) }],
  ['external_id', '😀'.repeat(247), { unusable: 'tooLong' }],
  ['email', 'Ada@Example.com', { id: 'Ada@Example.com' }],
  ['email', 'ada@localhost', { unusable: 'notAnEmailAddress' }],
  ['email', 'a da@example.com', { unusable: 'notAnEmailAddress' }],
  ['phone', '+4915112345678', { id: '+4915112345678' }],
  ['phone', '0151/123', { unusable: 'notAPhoneNumber' }],
  ['braze_id', '5f1c', { id: '5f1c' }],
  ['user_alias', 'ada', { unusable: 'aliasLabelMissing' }],
] as const)('%s %j', (kind, raw, expected) => {
  expect(memberOf(kind, raw)).toEqual(expected);
});

test('an alias keeps name and label apart in one text', () => {
  const member = memberOf('user_alias', ' ada ', ' crm ');
  expect(member).toEqual({ id: 'ada\u001fcrm' });
  expect(aliasOf('ada\u001fcrm')).toEqual({ name: 'ada', label: 'crm' });
  expect(memberOf('user_alias', 'ada', 'c\u001fm')).toEqual({ unusable: 'controlCharacter' });
});

test('every kind of outer space is trimmed, and none within', () => {
  for (const point of OUTER_SPACE_CODE_POINTS) {
    const space = String.fromCodePoint(point);
    expect(trimmedIdentifier(`${space}${space}A b${space}`)).toBe('A b');
  }
  expect(trimmedIdentifier('a\u200bb\u200b')).toBe('a\u200bb\u200b');
});
