import fc from 'fast-check';
import { identitiesOf } from './identity-rules';
import { mostNewProfiles, unifyGroup, type StoredIdentity } from './unify-group';
import { type Identifiers } from './vocabulary';

const group = (...events: Identifiers[]) => events.map(identitiesOf);
const NEW_IDS = ['100', '101', '102', '103'];
const ANN = { profileId: '7', externalId: 'ann', bucket: 1 };
const COOKIE = { profileId: '9', bucket: 2 };
const STORED: StoredIdentity[] = [
  { kind: 'externalId', value: 'ann', profile: ANN },
  { kind: 'anonymousId', value: 'cookie', profile: COOKIE },
  { kind: 'phone', value: '+1', profile: { ...COOKIE } },
];

test('nobody is made where somebody is known', () => {
  const events = group({ externalId: 'ann' }, { anonymousId: 'cookie' }, { email: 'new@example.com' });
  expect(mostNewProfiles(events, STORED)).toBe(1);
  const unified = unifyGroup(events, STORED, NEW_IDS);
  expect(unified.steps).toMatchObject([
    { kind: 'event', index: 0, profile: { profileId: '7' } },
    { kind: 'event', index: 1, profile: { profileId: '9' } },
    { kind: 'event', index: 2, profile: { profileId: '100' } },
  ]);
  expect(unified).toMatchObject({
    created: [{ profileId: '100' }],
    added: [{ kind: 'email', value: 'new@example.com', profileId: '100' }],
    named: [],
    merged: [],
    conflicts: 0,
  });
});

test('a merge comes before the event that causes it, and all that follows is the survivor’s', () => {
  const events = group(
    { anonymousId: 'cookie', email: 'ann@example.com' },
    { externalId: 'ann', anonymousId: 'cookie' },
    { phone: '+1' },
  );
  const unified = unifyGroup(events, STORED, []);
  expect(unified.steps).toMatchObject([
    { kind: 'event', index: 0, profile: { profileId: '9' } },
    { kind: 'merge', from: { profileId: '9' }, into: { profileId: '7' } },
    { kind: 'event', index: 1, profile: { profileId: '7' } },
    { kind: 'event', index: 2, profile: { profileId: '7' } },
  ]);
  expect(unified.merged).toEqual([{ from: '9', into: '7' }]);
  expect(unified.added).toEqual([{ kind: 'email', value: 'ann@example.com', profileId: '7' }]);
});

test('who merges twice ends in the last survivor, and has no name but that one’s', () => {
  const events = group(
    { anonymousId: 'a' },
    { anonymousId: 'b' },
    { anonymousId: 'a', email: 'x@example.com' },
    { anonymousId: 'b', email: 'x@example.com' },
    { externalId: 'ann', email: 'x@example.com' },
  );
  const unified = unifyGroup(events, STORED, NEW_IDS);
  expect(unified.created.map(({ profileId }) => profileId)).toEqual(['100', '101']);
  expect(unified.merged).toEqual([
    { from: '101', into: '7' },
    { from: '100', into: '7' },
  ]);
  expect(new Set(unified.added.map(({ profileId }) => profileId))).toEqual(new Set(['7']));
});

test('a profile of before that gets an external id is named; what was stored is not touched', () => {
  const unified = unifyGroup(group({ externalId: 'ben', phone: '+1' }), STORED, NEW_IDS);
  expect(unified.named).toEqual([{ ...COOKIE, externalId: 'ben' }]);
  expect(COOKIE).toEqual({ profileId: '9', bucket: 2 });
  expect(unified.created).toEqual([]);
});

test('an identifier of another known person is counted, and stays', () => {
  const stored: StoredIdentity[] = [...STORED, { kind: 'email', value: 'ann@example.com', profile: ANN }];
  const unified = unifyGroup(group({ externalId: 'ben', email: 'ann@example.com' }), stored, NEW_IDS);
  expect(unified).toMatchObject({ conflicts: 1, merged: [], added: [{ kind: 'externalId' }] });
  expect(unified.steps).toMatchObject([{ identifiers: { externalId: 'ben' } }]);
});

test('somebody new who comes with an identifier of another known person is somebody new', () => {
  const stored: StoredIdentity[] = [...STORED, { kind: 'email', value: 'ann@example.com', profile: ANN }];
  const events = group({ externalId: 'ben', email: 'ann@example.com' });
  expect(mostNewProfiles(events, stored)).toBe(1);
});

test('there are always enough ids for the new profiles of a group', () => {
  const text = fc.constantFrom('a', 'b', 'c');
  const event = fc
    .record({ externalId: text, email: text, phone: text, anonymousId: text }, { requiredKeys: [] })
    .filter((given) => Object.keys(given).length > 0);
  const events = fc.array(event, { maxLength: 8 });
  fc.assert(
    fc.property(events, events, (earlier, later) => {
      const before = unifyGroup(group(...earlier), [], idsFrom(1, earlier.length));
      const stored = storedAfter(before);
      const given = group(...later);
      const most = mostNewProfiles(given, stored);
      expect(unifyGroup(given, stored, idsFrom(100, most)).created.length).toBeLessThanOrEqual(most);
    }),
  );
});

test('more people than ids are a defect, not a guess', () => {
  expect(() => unifyGroup(group({ email: 'new@example.com' }), STORED, [])).toThrow('more new profiles');
});

function idsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => String(first + at));
}

function storedAfter({ added, created }: ReturnType<typeof unifyGroup>): StoredIdentity[] {
  const profiles = new Map(created.map((profile) => [profile.profileId, profile]));
  return added.flatMap(({ kind, value, profileId }) => {
    const profile = profiles.get(profileId);
    return profile === undefined ? [] : [{ kind, value, profile }];
  });
}
