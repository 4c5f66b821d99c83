import { isCancellation } from '@temporalio/workflow';
import { type Activation } from '../contract/activation';
import { type BrazeSettings } from '../contract/integration';
import { type PlanReference } from '../contract/objects';
import { type RunAudienceResult } from '../contract/run-audience';
import { type VerificationResult } from '../contract/run';
import { data, entity, verify } from './activity-proxies';
import { runErrorOf } from './run-error';
import { type RunInbox } from './run-inbox';

/** Reads a sample of what the run changed back from Braze; what is late or missing becomes corrections. */
export async function proveRun(
  activation: Activation,
  child: RunAudienceResult,
  inbox: RunInbox,
): Promise<VerificationResult> {
  const { integration, attribute } = activation;
  const { plan, outcomes, progress } = child;
  const changed = (outcomes?.add.accepted ?? 0) + (outcomes?.remove.accepted ?? 0);
  const nothing = { changed, checked: 0, matching: 0, late: 0, notInBraze: 0, atCap: 0 };
  if (inbox.superseded)
    return { ...nothing, skipped: `run ${inbox.superseded.workflowId} has begun to change the audience` };
  if (!plan || !progress.generation || changed === 0) {
    return { ...nothing, skipped: 'no change was accepted' };
  }
  try {
    const { settings } = await entity.loadIntegration({ integration, attribute });
    if (!settings.features.readBack) {
      return { ...nothing, skipped: 'read-back is turned off on the integration' };
    }
    inbox.update({ phase: 'verifying' });
    const { generation } = progress;
    return { changed, ...(await readBack({ activation, plan, generation, braze: settings.braze })) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    // The data is committed: a proof that cannot be had makes the run unverified, not failed.
    return { ...nothing, skipped: runErrorOf(error).message };
  }
}

/** What a read-back is made of. */
interface ReadBackRequest {
  activation: Activation;
  plan: PlanReference;
  generation: number;
  braze: BrazeSettings;
}

async function readBack({ activation, plan, generation, braze }: ReadBackRequest) {
  const {
    integration,
    audienceKey,
    attribute,
    audience: value,
    source,
    verification,
    createProfiles,
  } = activation;
  const { entering, leaving, deadlineSeconds } = verification;
  const drawn = await data.drawSample({ integration, audienceKey, generation, plan, entering, leaving });
  const { sample } = drawn;
  const { identifier } = source;
  return verify.verifySample({
    integration,
    audienceKey,
    generation,
    braze,
    sample,
    attribute,
    value,
    identifier,
    createProfiles,
    deadlineSeconds,
  });
}
