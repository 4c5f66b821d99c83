import { type WorkspaceOpener } from '../adapters/braze/probe';
import { type Bucket } from '../adapters/bucket/bucket';
import { type SecretStore } from '../adapters/secrets/secrets';
import { type Outcome, fault } from '../contract/errors';
import {
  type BucketSettings,
  type IntegrationSettings,
  type SecretReference,
  type SetupStep,
} from '../contract/integration';
import { allowsOrigin, checkBrazeEndpoint } from '../domain/endpoint';
import { exchangeNotTried, probeExchange, probeState } from './setup-probes-buckets';
import { type WorkspaceFindings, notTried, probeWorkspace } from './setup-probes-braze';
import { failed, failedWith, passed } from './setup-step';

/** A mail server that can be tried without a mail. */
export interface MailProbe {
  verify(): Promise<Outcome<void>>;
}

/** What the set-up's activities are given. */
export interface SetupDependencies {
  openWorkspace: WorkspaceOpener;
  /** Resolves the settings' references; only called for endpoints that are allowed. */
  openBucket: (settings: BucketSettings) => Promise<Outcome<Bucket>>;
  stateBucket: Bucket;
  secrets: SecretStore;
  mail: MailProbe;
  allowedHosts: readonly string[];
  allowedS3Endpoints: readonly string[];
}

/** What set-up found: every step, and what the integration's entity wants to know of the workspace. */
export interface IntegrationProbe {
  steps: SetupStep[];
  /** Braze segment identifiers, by which a second integration on the same workspace is recognised. */
  segmentIds: string[];
  /** Smallest cap of the declared attributes, where Braze tells it. */
  valueCap?: number | undefined;
}

/** A probe waits less than a run would: somebody looks on. */
const PROBE_TIMEOUT_SECONDS = 15;

/** Activities of the set-up. */
export function createSetupActivities(dependencies: SetupDependencies) {
  return {
    /**
     * Tries everything that an integration needs by using it. Retrying is safe: nothing is changed but an object of its own
     * name, which is deleted again. Bounded by each probe's own time-out; reads the secrets, Braze and the buckets fresh.
     */
    async probeIntegration(settings: IntegrationSettings): Promise<IntegrationProbe> {
      const endpoint = endpointStep(settings, dependencies.allowedHosts);
      const [secrets, workspace, exchange, state, mail] = await Promise.all([
        secretSteps(settings, dependencies.secrets),
        workspaceFindings(settings, endpoint, dependencies),
        exchangeSteps(settings, dependencies),
        probeState(dependencies.stateBucket),
        mailStep(dependencies.mail),
      ]);
      const steps = [endpoint, ...secrets, ...workspace.steps, ...exchange, state, mail];
      return { steps, segmentIds: workspace.segmentIds, valueCap: workspace.valueCap };
    },
  };
}

function endpointStep({ braze }: IntegrationSettings, allowedHosts: readonly string[]): SetupStep {
  const step = 'REST endpoint';
  const checked = checkBrazeEndpoint(braze.endpoint, allowedHosts);
  if (checked.ok) return passed(step, `${checked.origin} may be sent the REST key.`);
  const code = checked.problem === 'malformed' ? 'BRAZE_ENDPOINT_INVALID' : 'HOST_NOT_ALLOWED';
  return failedWith(step, code, checked.problem === 'malformed' ? `It ${checked.message}` : checked.message);
}

async function secretSteps(
  { braze, exchange }: IntegrationSettings,
  secrets: SecretStore,
): Promise<SetupStep[]> {
  const named: [string, SecretReference | undefined][] = [
    ['secret braze.restKey', braze.restKey],
    ['secret exchange.accessKeyId', exchange.accessKeyId],
    ['secret exchange.secretAccessKey', exchange.secretAccessKey],
  ];
  const steps: SetupStep[] = [];
  for (const [step, reference] of named) {
    if (reference === undefined) continue;
    const resolved = await secrets.resolve(reference);
    steps.push(resolved.ok ? passed(step, 'It is declared and can be read.') : failed(step, resolved.fault));
  }
  return steps;
}

async function workspaceFindings(
  settings: IntegrationSettings,
  endpoint: SetupStep,
  { openWorkspace }: SetupDependencies,
): Promise<WorkspaceFindings> {
  const unusable = (reason: string): WorkspaceFindings => ({
    steps: [
      { step: 'REST key', status: 'skipped', message: `Not tried: ${reason}` },
      ...notTried(settings, reason),
    ],
    segmentIds: [],
  });
  if (endpoint.status === 'fail') return unusable('the REST endpoint is not one that a key may be sent to.');
  const requestTimeoutSeconds = Math.min(settings.braze.requestTimeoutSeconds, PROBE_TIMEOUT_SECONDS);
  const workspace = await openWorkspace({ ...settings.braze, requestTimeoutSeconds });
  if (!workspace.ok) return unusable('the REST key cannot be read.');
  try {
    return await probeWorkspace(settings, workspace.value);
  } finally {
    await workspace.value.close();
  }
}

async function exchangeSteps(
  { exchange }: IntegrationSettings,
  dependencies: SetupDependencies,
): Promise<SetupStep[]> {
  const bucket = await openExchange(exchange, dependencies);
  if (!bucket.ok) {
    return [failed('exchange bucket', bucket.fault), ...exchangeNotTried('the bucket cannot be opened.')];
  }
  try {
    return [
      passed('exchange bucket', `${exchange.bucket} may be sent its keys.`),
      ...(await probeExchange(bucket.value)),
    ];
  } finally {
    bucket.value.close();
  }
}

async function openExchange(
  exchange: BucketSettings,
  dependencies: SetupDependencies,
): Promise<Outcome<Bucket>> {
  const { endpoint } = exchange;
  if (endpoint !== undefined && !allowsOrigin(dependencies.allowedS3Endpoints, endpoint)) {
    return fault('HOST_NOT_ALLOWED', `${endpoint} is not among BRAZIER_ALLOWED_S3_ENDPOINTS.`);
  }
  return dependencies.openBucket(exchange);
}

async function mailStep(mail: MailProbe): Promise<SetupStep> {
  const verified = await mail.verify();
  const step = 'mail';
  return verified.ok
    ? passed(step, 'The mail server takes mail from this worker.')
    : failed(step, verified.fault);
}
