import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  EXTERNAL_API_TEST_MESSAGES,
  type TestExternalApiInput,
  type TestExternalApiResult,
  type Verdict,
} from '../contract/external-api';
import {
  type CheckedExternalApiTest,
  type PreparedTest,
  type SeenTest,
  type SentTest,
} from '../contract/external-api-test';
import { type EmptyRequest } from '../contract/messages';
import { DEFAULT_ATTRIBUTE } from '../contract/names';
import { nameOf } from '../domain/stream/call-proof';
import { describeApiTest, judgeApiTest, type ApiTestStage } from '../domain/stream/describe-api-test';
import { type SendStreamMailInput } from '../activities/send-mail';
import { ERROR_CATALOG, isErrorCode } from '../contract/errors';
import { runErrorOf } from './run-error';
import { tellOperators } from './tell-operators';
import { apiTest, apiTestSend, entity, input as inputActivities } from './activity-proxies';

const statusQuery = defineQuery<ApiTestStage[], [EmptyRequest?]>(EXTERNAL_API_TEST_MESSAGES.status);
const NOT_LOOKED: SeenTest = { profileFound: false, seen: [], waitedSeconds: 0 };

/**
 * Tries an External API on a test person: sends one call, waits until the profile shows it, records the verdict and puts
 * back what was there. Takes one JSON object (`TestExternalApiInput`); its values stay in Temporal, so a test person's they are.
 */
export async function testExternalApi(input: TestExternalApiInput): Promise<TestExternalApiResult> {
  const test = new ExternalApiTest();
  const { workflowId, runId, parent } = workflowInfo();
  const tell = async (error: SendStreamMailInput['error']) => {
    // An activation tells of its own tests.
    if (parent === undefined)
      await tellOperators({ what: 'test', ...test.subject, error, stage: test.stage, workflowId, runId });
  };
  try {
    const result = await test.run(input);
    if (result.problem !== undefined) {
      const { code } = result.problem;
      await tell({ ...result.problem, actor: isErrorCode(code) ? ERROR_CATALOG[code].actor : 'us' });
    }
    return result;
  } catch (error) {
    if (!isCancellation(error)) await tell(runErrorOf(error));
    throw error;
  }
}

class ExternalApiTest {
  /** Blank until the input is checked. */
  subject = { integration: '', name: '' };
  private readonly stages: ApiTestStage[] = [];
  /** Until the profile was looked at for as long as Braze may take to apply a call. */
  private mayAppearYet = true;

  constructor() {
    setHandler(statusQuery, () => this.stages, { description: 'The stages of this test so far.' });
  }

  async run(input: TestExternalApiInput): Promise<TestExternalApiResult> {
    const test = await inputActivities.checkExternalApiTest(input);
    const { integration } = test;
    this.subject = { integration, name: nameOfApi(test) };
    const { settings } = await entity.loadIntegration({ integration, attribute: DEFAULT_ATTRIBUTE });
    this.tell({ stage: 'checked', sentence: `on ${integration}` });
    const prepared = await apiTest.prepareExternalApiTest({ integration, settings, test });
    this.tell({ stage: 'prepared', sentence: `${prepared.externalApi} version ${prepared.version}` });
    const sent = await this.send(prepared);
    try {
      return await this.prove(test, prepared, sent);
    } catch (error) {
      // Whatever has ended the test, nobody else will put back what it wrote.
      await CancellationScope.nonCancellable(() => this.cleanUp(test, prepared, sent));
      throw error;
    }
  }

  /**
   * Once: a worker that died on the way leaves open whether the call went out, and the profile then tells. A cancel lets a
   * request that is under way come to its end, so that what ends here as cancelled has sent nothing.
   */
  private async send(prepared: PreparedTest): Promise<SentTest> {
    try {
      const sent = await apiTestSend.sendExternalApiTest(prepared);
      this.tell({ stage: 'sent', sentence: sent.reason ?? `Braze answered ${sent.answer?.status ?? ''}` });
      return sent;
    } catch (error) {
      const isLost = error instanceof ActivityFailure && !(error.cause instanceof ApplicationFailure);
      if (!isLost || isCancellation(error)) throw error;
      const reason = 'the worker was lost while it sent';
      this.tell({ stage: 'sent', sentence: reason });
      return { path: '', outcome: 'unknown', reason };
    }
  }

  private async prove(
    test: CheckedExternalApiTest,
    prepared: PreparedTest,
    sent: SentTest,
  ): Promise<TestExternalApiResult> {
    const isLooked = prepared.proof.values.length > 0 && sent.outcome !== 'refused';
    const seen = isLooked ? await apiTest.awaitExternalApiTest(prepared) : NOT_LOOKED;
    this.mayAppearYet = false;
    if (isLooked) this.tell({ stage: 'seen', sentence: `after ${seen.waitedSeconds} s` });
    const judgement = judgeApiTest({ ...prepared, sent, seen });
    const verdict: Verdict = {
      externalApi: prepared.externalApi,
      version: prepared.version,
      integration: prepared.integration,
      keyFingerprint: prepared.keyFingerprint,
      passed: judgement.passed,
      proof: prepared.proof.values.length > 0 ? 'readBack' : 'answerOnly',
      ...(prepared.proof.values.length > 0 ? {} : { acceptedBy: test.acceptAnswerOnly?.by }),
      testedAt: new Date().toISOString(),
      ...(judgement.problem === undefined ? {} : { reason: judgement.problem.message }),
    };
    await apiTest.recordExternalApiVerdict(verdict);
    this.tell({ stage: 'judged', sentence: judgement.summary });
    const cleanUp = await this.cleanUp(test, prepared, sent);
    return {
      externalApi: prepared.externalApi,
      version: prepared.version,
      integration: prepared.integration,
      passed: judgement.passed,
      verdict,
      ...(judgement.problem === undefined ? {} : { problem: judgement.problem }),
      request: { method: 'POST', path: sent.path, body: prepared.body },
      ...(sent.answer === undefined ? {} : { answer: sent.answer }),
      lookedUpBy: { ...prepared.identifier },
      ...seen,
      notCompared: prepared.proof.notCompared,
      cleanUp,
      summary: judgement.summary,
    };
  }

  private async cleanUp(
    test: CheckedExternalApiTest,
    prepared: PreparedTest,
    sent: SentTest,
  ): Promise<TestExternalApiResult['cleanUp']> {
    const { values, notCompared } = prepared.proof;
    if (!test.cleanUp || sent.outcome === 'refused') return { restored: [], cannotUndo: [] };
    if (values.length === 0) return { restored: [], cannotUndo: notCompared };
    const cleaned = await this.putBack(prepared);
    this.tell({
      stage: 'cleanedUp',
      sentence: [...cleaned.restored, ...cleaned.cannotUndo].join(', ') || 'nothing to put back',
    });
    return cleaned;
  }

  /** A verdict holds whatever becomes of the clean-up, so a failure of it is told and fails nothing else. */
  private async putBack(prepared: PreparedTest): Promise<TestExternalApiResult['cleanUp']> {
    const { mayAppearYet } = this;
    try {
      return await apiTest.cleanUpExternalApiTest({ ...prepared, mayAppearYet });
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      const names = prepared.proof.values.map(nameOf).join(', ');
      const reason = error.cause?.message ?? error.message;
      return {
        restored: [],
        cannotUndo: [`${names}: it is not known whether they were put back (${reason})`],
      };
    }
  }

  /** The last one that it has come to. */
  get stage(): string | undefined {
    return this.stages.at(-1)?.stage;
  }

  private tell(stage: ApiTestStage): void {
    this.stages.push(stage);
    setCurrentDetails(describeApiTest(this.stages));
  }
}

function nameOfApi({ externalApi }: CheckedExternalApiTest): string {
  return typeof externalApi === 'string' ? externalApi : externalApi.name;
}
