import { SampleProof, type SampleMember, type SeenProfile } from './sample-proof';

const ENTERING: SampleMember = { id: 'in', operation: 'add' };
const LEAVING: SampleMember = { id: 'out', operation: 'remove' };
const NOTHING = { checked: 0, matching: 0, late: 0, notInBraze: 0, atCap: 0 };

function holding(...values: unknown[]): SeenProfile {
  return { customAttributes: { list: values } };
}

function proofOf(members: SampleMember[], cap?: number): SampleProof {
  return new SampleProof(members, { attribute: 'list', value: 'VIP', cap, createProfiles: false });
}

test('nothing is claimed of what was not read', () => {
  const proof = proofOf([ENTERING, LEAVING]);
  expect(proof.result()).toEqual(NOTHING);
  expect(proof.pending()).toEqual(['in', 'out']);
  expect(proof.corrections()).toEqual([]);
});

test('who enters has to hold the value, who leaves must not', () => {
  const proof = proofOf([ENTERING, LEAVING]);
  proof.see('in', [holding('other', 'VIP')]);
  proof.see('out', [holding('other')]);
  expect(proof.result()).toEqual({ ...NOTHING, checked: 2, matching: 2 });
  expect(proof.pending()).toEqual([]);
  expect(proof.corrections()).toEqual([]);
});

test('a change that does not show yet is looked at again, and counts as late until it shows', () => {
  const proof = proofOf([ENTERING, LEAVING]);
  proof.see('in', [holding()]);
  proof.see('out', [holding('VIP')]);
  expect(proof.pending()).toEqual(['in', 'out']);
  expect(proof.result()).toEqual({ ...NOTHING, checked: 2, late: 2 });
  expect(proof.corrections()).toEqual([
    { id: 'in', operation: 'add', finding: 'late' },
    { id: 'out', operation: 'remove', finding: 'late' },
  ]);
  proof.see('in', [holding('VIP')]);
  expect(proof.pending()).toEqual(['out']);
  expect(proof.result()).toEqual({ ...NOTHING, checked: 2, matching: 1, late: 1 });
});

test('an unknown profile is missing for who enters and right for who leaves', () => {
  const proof = proofOf([ENTERING, LEAVING]);
  proof.see('in', []);
  proof.see('out', []);
  expect(proof.result()).toEqual({ ...NOTHING, checked: 2, matching: 1, notInBraze: 1 });
  expect(proof.pending()).toEqual([]);
  // The ledger learns of both: neither can hold the value.
  expect(proof.corrections()).toEqual([
    { id: 'in', operation: 'add', finding: 'notInBraze' },
    { id: 'out', operation: 'remove', finding: 'notInBraze' },
  ]);
});

test('of several profiles with one address, one that holds the value decides', () => {
  const proof = proofOf([ENTERING, LEAVING]);
  proof.see('in', [holding(), holding('VIP')]);
  proof.see('out', [holding(), holding('VIP')]);
  expect(proof.result()).toEqual({ ...NOTHING, checked: 2, matching: 1, late: 1 });
});

test('a profile whose attribute is no array, or is missing, holds nothing', () => {
  const proof = proofOf([ENTERING, LEAVING]);
  proof.see('in', [{ customAttributes: { list: 'VIP' } }]);
  proof.see('out', [{ customAttributes: {} }]);
  expect(proof.result()).toEqual({ ...NOTHING, checked: 2, matching: 1, late: 1 });
});

test('a full attribute is counted once, and only where the cap is known', () => {
  const values = ['a', 'b', 'VIP'];
  const known = proofOf([ENTERING], 3);
  known.see('in', [holding(...values)]);
  known.see('in', [holding(...values)]);
  expect(known.result()).toMatchObject({ matching: 1, atCap: 1 });
  const unknown = proofOf([ENTERING]);
  unknown.see('in', [holding(...values)]);
  expect(unknown.result()).toMatchObject({ matching: 1, atCap: 0 });
  const roomy = proofOf([ENTERING], 4);
  roomy.see('in', [holding(...values)]);
  expect(roomy.result()).toMatchObject({ atCap: 0 });
});

test('a profile that nobody asked for changes nothing', () => {
  const proof = proofOf([ENTERING]);
  proof.see('stranger', [holding('VIP')]);
  expect(proof.result()).toEqual(NOTHING);
});

test('where profiles are created, one that is not there yet is waited for; a leaver is not', () => {
  const members = [ENTERING, LEAVING];
  const proof = new SampleProof(members, { attribute: 'list', value: 'VIP', createProfiles: true });
  for (const { id } of members) proof.see(id, []);
  expect(proof.pending()).toEqual(['in']);
  proof.see('in', [holding('VIP')]);
  expect(proof.pending()).toEqual([]);
  expect(proof.result()).toEqual({ ...NOTHING, checked: 2, matching: 2 });
});
