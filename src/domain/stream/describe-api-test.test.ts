import { type ApiTestFacts, describeApiTest, judgeApiTest } from './describe-api-test';

const SEEN = { name: 'attributes.plan', expected: 'a', before: null, after: 'a', arrived: true };
const FACTS: ApiTestFacts = {
  externalApi: 'lead',
  version: 2,
  endpoint: 'users.track',
  proof: { values: [1], notCompared: [] },
  sent: { outcome: 'accepted', answer: { status: 201 } },
  seen: { profileFound: true, seen: [SEEN], waitedSeconds: 1.5 },
};

function judged(change: Partial<ApiTestFacts>): string {
  const { passed, problem, summary } = judgeApiTest({ ...FACTS, ...change });
  expect(passed).toBe(problem === undefined);
  return `${problem?.code ?? 'passed'}: ${summary}`;
}

test('a test passes only by what was read back, or by an answer that somebody accepted', () => {
  expect(judged({})).toBe('passed: lead version 2 passed: the one value read back from the profile.');
  const two = { ...FACTS.seen, seen: [SEEN, SEEN] };
  const proof = { values: [1, 2], notCompared: ['x is hidden'] };
  expect(judged({ seen: two, proof })).toContain(
    'all 2 values read back from the profile. Not compared: x is hidden.',
  );
  expect(judged({ proof: { values: [], notCompared: [] } })).toContain('by the answer of Braze alone');
});

test('whatever else came of it fails the test', () => {
  const answered = (status: number) => ({ outcome: 'refused', reason: 'no', answer: { status } }) as const;
  expect(judged({ sent: answered(401) })).toContain('BRAZE_KEY_REJECTED');
  expect(judged({ sent: answered(403) })).toContain('lacks the permission users.track');
  expect(judged({ sent: answered(400) })).toBe('EXTERNAL_API_TEST_FAILED: lead version 2 failed: no');
  expect(judged({ sent: { outcome: 'unknown' } })).toContain('no reason given');
  const missing = { ...FACTS.seen, seen: [{ ...SEEN, arrived: false }] };
  expect(judged({ seen: missing })).toContain('after 1.5 s the profile does not show attributes.plan');
  expect(judged({ seen: { ...missing, profileFound: false } })).toContain('has no such profile');
});

test('the stages are told one a line', () => {
  const stages = [
    { stage: 'checked', sentence: 'on shop' },
    { stage: 'sent', sentence: 'Braze answered 201' },
  ] as const;
  expect(describeApiTest(stages)).toBe('- **Input checked**: on shop\n- **Call sent**: Braze answered 201');
});
