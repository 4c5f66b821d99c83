import { type JudgedValue } from './call-proof';

/** One stage of a test, as the person who watches sees it. */
export interface ApiTestStage {
  stage: 'checked' | 'prepared' | 'sent' | 'seen' | 'judged' | 'cleanedUp';
  sentence: string;
}

/** What a test has to judge by. */
export interface ApiTestFacts {
  externalApi: string;
  version: number;
  endpoint: string;
  proof: { values: readonly unknown[]; notCompared: readonly string[] };
  sent: {
    outcome: 'accepted' | 'partly' | 'refused' | 'unknown';
    reason?: string | undefined;
    answer?: { status: number } | undefined;
  };
  seen: { profileFound: boolean; seen: readonly JudgedValue[]; waitedSeconds: number };
}

/** What a test has shown. */
export interface ApiTestJudgement {
  passed: boolean;
  problem?: ApiTestProblem | undefined;
  summary: string;
}

/** Why a test did not pass. */
export interface ApiTestProblem {
  code: 'BRAZE_KEY_REJECTED' | 'BRAZE_PERMISSION_MISSING' | 'EXTERNAL_API_TEST_FAILED';
  message: string;
}

/** Passed only if Braze took the whole call and everything that can be read back was. */
export function judgeApiTest(facts: ApiTestFacts): ApiTestJudgement {
  const { externalApi, version, proof, seen } = facts;
  const name = `${externalApi} version ${version}`;
  const problem = problemOf(facts);
  if (problem !== undefined) return { passed: false, problem, summary: `${name} failed: ${problem.message}` };
  const unseen = proof.notCompared.length === 0 ? '' : ` Not compared: ${proof.notCompared.join('; ')}.`;
  if (proof.values.length === 0)
    return { passed: true, summary: `${name} passed by the answer of Braze alone.${unseen}` };
  const count = seen.seen.length;
  const values = count === 1 ? 'the one value' : `all ${count} values`;
  return { passed: true, summary: `${name} passed: ${values} read back from the profile.${unseen}` };
}

function problemOf({ sent, seen, proof, endpoint }: ApiTestFacts): ApiTestProblem | undefined {
  const { outcome, reason = 'no reason given' } = sent;
  if (sent.answer?.status === 401)
    return { code: 'BRAZE_KEY_REJECTED', message: 'Braze does not accept the REST key (401)' };
  if (sent.answer?.status === 403) {
    const message = `the REST key lacks the permission ${endpoint}, or its address list leaves this machine out (403)`;
    return { code: 'BRAZE_PERMISSION_MISSING', message };
  }
  if (outcome !== 'accepted') return { code: 'EXTERNAL_API_TEST_FAILED', message: reason };
  if (proof.values.length === 0) return undefined;
  const missing = seen.seen.filter(({ arrived }) => !arrived).map(({ name }) => name);
  if (missing.length === 0) return undefined;
  const message = seen.profileFound
    ? `Braze took the call, but after ${seen.waitedSeconds} s the profile does not show ${missing.join(', ')} as expected`
    : `Braze took the call, but after ${seen.waitedSeconds} s it has no such profile`;
  return { code: 'EXTERNAL_API_TEST_FAILED', message };
}

const TITLES = {
  checked: 'Input checked',
  prepared: 'Version saved, profile read',
  sent: 'Call sent',
  seen: 'Profile read back',
  judged: 'Verdict',
  cleanedUp: 'Put back',
} as const satisfies Record<ApiTestStage['stage'], string>;

/** The stages so far as Markdown, for Temporal's page. */
export function describeApiTest(stages: readonly ApiTestStage[]): string {
  return stages.map(({ stage, sentence }) => `- **${TITLES[stage]}**: ${sentence}`).join('\n');
}
