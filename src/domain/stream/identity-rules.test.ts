import { decideIdentity, identitiesOf, isOlderProfile, type OwnedIdentity } from './identity-rules';

const external = (value: string, profileId?: string): OwnedIdentity => ({
  kind: 'externalId',
  value,
  owner: profileId === undefined ? undefined : { profileId, externalId: value },
});
const email = (value: string, profileId?: string, externalId?: string): OwnedIdentity => ({
  kind: 'email',
  value,
  owner: profileId === undefined ? undefined : { profileId, externalId },
});
const anonymous = (value: string, profileId?: string, externalId?: string): OwnedIdentity => ({
  kind: 'anonymousId',
  value,
  owner: profileId === undefined ? undefined : { profileId, externalId },
});

describe('whom an event is about', () => {
  test('somebody new gets every identifier', () => {
    expect(decideIdentity([external('ada'), anonymous('x')])).toEqual({
      profileId: undefined,
      add: [
        { kind: 'externalId', value: 'ada' },
        { kind: 'anonymousId', value: 'x' },
      ],
      merge: [],
      conflicts: [],
      identifiers: { externalId: 'ada', anonymousId: 'x' },
    });
  });

  test('an anonymous profile and one of an e-mail address merge into the known person', () => {
    const decision = decideIdentity([
      external('ada', '9'),
      email('a@example.com', '3'),
      anonymous('x', '10'),
    ]);
    expect(decision).toMatchObject({ profileId: '9', add: [], merge: ['3', '10'], conflicts: [] });
  });

  test('a new external id makes the oldest of the nameless profiles known', () => {
    const decision = decideIdentity([external('ada'), email('a@example.com', '20'), anonymous('x', '3')]);
    expect(decision).toMatchObject({
      profileId: '3',
      add: [{ kind: 'externalId', value: 'ada' }],
      merge: ['20'],
    });
  });

  test('external ids never merge: what another known person has stays there', () => {
    const decision = decideIdentity([
      external('ada', '1'),
      email('b@example.com', '2', 'bob'),
      anonymous('x', '2', 'bob'),
    ]);
    expect(decision).toEqual({
      profileId: '1',
      add: [],
      merge: [],
      conflicts: [
        { kind: 'email', value: 'b@example.com' },
        { kind: 'anonymousId', value: 'x' },
      ],
      identifiers: { externalId: 'ada' },
    });
  });

  test('a new external id takes nothing from a known person either', () => {
    const decision = decideIdentity([external('ada'), anonymous('x', '2', 'bob')]);
    expect(decision).toMatchObject({
      profileId: undefined,
      add: [{ kind: 'externalId', value: 'ada' }],
      merge: [],
      conflicts: [{ kind: 'anonymousId', value: 'x' }],
    });
  });

  test('without an external id the strongest identifier of a known person decides', () => {
    const decision = decideIdentity([email('b@example.com', '2', 'bob'), anonymous('x', '1', 'ada')]);
    expect(decision).toMatchObject({
      profileId: '2',
      merge: [],
      conflicts: [{ kind: 'anonymousId', value: 'x' }],
    });
  });

  test('a new e-mail address goes to the known person whose anonymous id came with it', () => {
    const decision = decideIdentity([email('new@example.com'), anonymous('x', '1', 'ada')]);
    expect(decision).toMatchObject({ profileId: '1', add: [{ kind: 'email', value: 'new@example.com' }] });
  });

  test('a nameless profile merges into the known person whom a weaker identifier names', () => {
    const decision = decideIdentity([email('q@example.com', '2'), anonymous('x', '7', 'ada')]);
    expect(decision).toMatchObject({ profileId: '7', merge: ['2'], conflicts: [] });
  });

  test('of two nameless profiles the older one survives, and one that is named twice is merged once', () => {
    const decision = decideIdentity([
      email('q@example.com', '12'),
      { kind: 'phone', value: '+4912', owner: { profileId: '12' } },
      anonymous('x', '9'),
    ]);
    expect(decision).toMatchObject({ profileId: '9', merge: ['12'], add: [] });
  });

  test('two identifiers of one known person agree', () => {
    const decision = decideIdentity([external('ada', '1'), email('a@example.com', '1', 'ada')]);
    expect(decision).toMatchObject({ profileId: '1', merge: [], conflicts: [], add: [] });
  });

  test('nobody is named', () => {
    expect(decideIdentity([])).toEqual({ add: [], merge: [], conflicts: [], identifiers: {} });
  });
});

test('identifiers are trimmed, e-mail addresses lower-cased, the strongest first, blank ones left out', () => {
  expect(
    identitiesOf({ anonymousId: ' X ', email: ' Ada@Example.com ', externalId: ' Ada ', phone: '  ' }),
  ).toEqual([
    { kind: 'externalId', value: 'Ada' },
    { kind: 'email', value: 'ada@example.com' },
    { kind: 'anonymousId', value: 'X' },
  ]);
});

test('profile ids are compared as numbers', () => {
  expect(isOlderProfile('9', '10')).toBe(true);
  expect(isOlderProfile('10', '9')).toBe(false);
  expect(isOlderProfile('9007199254740993', '9007199254740992')).toBe(false);
});
