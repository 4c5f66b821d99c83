import { type Activation } from '../contract/activation';
import { type RunAudienceResult } from '../contract/run-audience';
import { type VerificationResult } from '../contract/run';
import { data, entity, verify } from './activity-proxies';
import { type RunInbox } from './run-inbox';

/** Reads a sample of what the run changed back from Braze; what is late or missing becomes corrections. */
export async function proveRun(
  activation: Activation,
  child: RunAudienceResult,
  inbox: RunInbox,
): Promise<VerificationResult> {
  const { integration, audienceKey, attribute, audience, source, verification } = activation;
  const { plan, outcomes, progress } = child;
  const changed = (outcomes?.add.accepted ?? 0) + (outcomes?.remove.accepted ?? 0);
  const nothing = { changed, checked: 0, matching: 0, late: 0, notInBraze: 0, atCap: 0 };
  if (inbox.superseded)
    return { ...nothing, skipped: `run ${inbox.superseded.workflowId} has begun to change the audience` };
  const { settings } = await entity.loadIntegration({ integration, attribute });
  if (!settings.features.readBack)
    return { ...nothing, skipped: 'read-back is turned off on the integration' };
  if (!plan || !progress.generation || changed === 0)
    return { ...nothing, skipped: 'no change was accepted' };
  inbox.update({ phase: 'verifying' });
  const { generation } = progress;
  const { entering, leaving, deadlineSeconds } = verification;
  const drawn = await data.drawSample({ integration, audienceKey, generation, plan, entering, leaving });
  const { sample } = drawn;
  const { identifier } = source;
  const { braze } = settings;
  const found = await verify.verifySample({
    integration,
    audienceKey,
    generation,
    braze,
    sample,
    attribute,
    value: audience,
    identifier,
    deadlineSeconds,
  });
  return { changed, ...found };
}
