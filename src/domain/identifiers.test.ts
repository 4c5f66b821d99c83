import { aliasOf, memberOf } from './identifiers';

test.each([
  ['external_id', '\ufeff\u00a0 Ada ', { id: 'Ada' }],
  ['external_id', ' \t', { unusable: 'blank' }],
  ['external_id', 'a\u0000b', { unusable: 'controlCharacter' }],
  ['external_id', 'é'.repeat(493), { id: 'é'.repeat(493) }],
  ['external_id', 'é'.repeat(494), { unusable: 'tooLong' }],
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
