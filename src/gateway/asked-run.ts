import { readLink, type LinkClaims } from '../adapters/email/links';
import { fault, success, type Outcome } from '../contract/errors';
import { type RunStatus } from '../contract/run';
import { type ConfirmationRuns } from './runs';

/** A link that holds, and the run it asks about. */
export interface AskedRun {
  claims: LinkClaims;
  status: RunStatus;
}

/** What the routes that follow a link work with. */
export interface LinkDependencies {
  runs: ConfirmationRuns;
  linkSecret: string;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Reads a link and its run. A link is for one plan: should the run have another by now, the link is void. */
export async function askedRun(
  { runs, linkSecret, now }: LinkDependencies,
  token: string,
): Promise<Outcome<AskedRun>> {
  const claims = readLink(linkSecret, token, now());
  if (!claims.ok) return claims;
  const status = await runs.status(claims.value.workflowId, claims.value.runId);
  if (!status.ok) return status;
  const { planHash = '', generation = 0 } = status.value;
  if (planHash !== claims.value.planHash || generation !== claims.value.generation) {
    return fault('LINK_INVALID', 'The link was made for another plan of this audience.');
  }
  return success({ claims: claims.value, status: status.value });
}
