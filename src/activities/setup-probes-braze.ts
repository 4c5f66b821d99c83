import { type BrazeWorkspace, type ProbedScope } from '../adapters/braze/probe';
import { type BrazeSegment } from '../adapters/braze/segments';
import { type Outcome } from '../contract/errors';
import { type IntegrationSettings, type SetupStep } from '../contract/integration';
import { type AttributeFinding, probeAttributes } from './setup-probes-attributes';
import { failed, failedWith, passed, skipped } from './setup-step';

/** What the steps on the workspace found. */
export interface WorkspaceFindings extends AttributeFinding {
  segmentIds: string[];
}

const SCOPE_STEPS = [
  'users.track',
  'segments.list',
  'segments.details',
  'users.export.ids',
  'users.export.segment',
  'users.delete',
  'export segment',
  'custom_attributes.get',
];

/** Every step on the Braze workspace, each by using what it is about. Nothing is written and no export begins. */
export async function probeWorkspace(
  settings: IntegrationSettings,
  workspace: BrazeWorkspace,
): Promise<WorkspaceFindings> {
  const segments = await workspace.listSegments();
  const key = keyStep(segments);
  if (key.status === 'fail') return { steps: [key, ...notTried(settings, key.message)], segmentIds: [] };
  const listed = segments.ok ? segments.value : [];
  const attributes = await probeAttributes(settings.attributes, workspace);
  return {
    steps: [
      key,
      await scopeStep('users.track', workspace),
      listStep(segments),
      await detailsStep(settings, listed, workspace),
      await readBackStep(settings, workspace),
      await importStep(settings, workspace),
      deleteStep(),
      await exportSegmentStep(settings, segments, workspace),
      ...attributes.steps,
    ],
    segmentIds: listed.map(({ id }) => id),
    valueCap: attributes.valueCap,
  };
}

/** The steps in the same order for a workspace that could not be asked. */
export function notTried(settings: IntegrationSettings, reason: string): SetupStep[] {
  const attributes = settings.attributes.map((name) => `attribute ${name}`);
  return [...SCOPE_STEPS, ...attributes].map((step) => skipped(step, `Not tried: ${reason}`));
}

function keyStep(segments: Outcome<BrazeSegment[]>): SetupStep {
  const step = 'REST key';
  if (segments.ok || segments.fault.code === 'BRAZE_PERMISSION_MISSING')
    return passed(step, 'Braze accepts the REST key.');
  return failed(step, segments.fault);
}

async function scopeStep(scope: ProbedScope, workspace: BrazeWorkspace): Promise<SetupStep> {
  const probed = await workspace.probe(scope);
  return probed.ok ? passed(scope, `The key has ${scope}.`) : failed(scope, probed.fault);
}

function listStep(segments: Outcome<BrazeSegment[]>): SetupStep {
  const step = 'segments.list';
  if (!segments.ok) return failed(step, segments.fault);
  return passed(step, `The key has ${step}; the workspace has ${segments.value.length} segments.`);
}

async function detailsStep(
  settings: IntegrationSettings,
  listed: readonly BrazeSegment[],
  workspace: BrazeWorkspace,
): Promise<SetupStep> {
  const step = 'segments.details';
  // An id that no segment has does as well: a key without the permission is refused before the id is looked at.
  const answer = await workspace.segmentDetails(settings.exportSegmentId ?? listed[0]?.id ?? 'none');
  if (answer.ok || answer.fault.code === 'SEGMENT_NOT_FOUND') return passed(step, `The key has ${step}.`);
  if (answer.fault.code !== 'BRAZE_PERMISSION_MISSING') return failed(step, answer.fault);
  return skipped(
    step,
    `The key lacks ${step}: archived segments cannot be recognised.`,
    `Add ${step} to the next key.`,
  );
}

async function readBackStep(
  { features }: IntegrationSettings,
  workspace: BrazeWorkspace,
): Promise<SetupStep> {
  if (features.readBack) return scopeStep('users.export.ids', workspace);
  return skipped(
    'users.export.ids',
    'features.readBack is off: no run is proven, its outcome is completedUnverified.',
    'Switch features.readBack on and give the key users.export.ids.',
  );
}

async function importStep({ features }: IntegrationSettings, workspace: BrazeWorkspace): Promise<SetupStep> {
  if (features.import) return scopeStep('users.export.segment', workspace);
  return skipped('users.export.segment', 'features.import is off: Braze segments cannot be imported.');
}

function deleteStep(): SetupStep {
  return skipped(
    'users.delete',
    'Whether the key may delete users cannot be seen without deleting one, so it was not tried.',
    'See in Braze that the key does not have users.delete: nothing here needs it.',
  );
}

async function exportSegmentStep(
  settings: IntegrationSettings,
  segments: Outcome<BrazeSegment[]>,
  workspace: BrazeWorkspace,
): Promise<SetupStep> {
  const step = 'export segment';
  const id = settings.exportSegmentId;
  if (id === undefined) {
    return settings.features.import
      ? failedWith(step, 'SEGMENT_NOT_FOUND', 'features.import is on, but exportSegmentId is not given.')
      : skipped(step, 'No exportSegmentId is given: nothing can be imported from Braze.');
  }
  const listed = segments.ok ? segments.value.find((segment) => segment.id === id) : undefined;
  if (listed !== undefined) return passed(step, `It is the Braze segment "${listed.name}".`);
  const details = await workspace.segmentDetails(id);
  if (details.ok) return passed(step, `It is the Braze segment "${details.value.name}", which is archived.`);
  if (details.fault.code === 'BRAZE_PERMISSION_MISSING' && segments.ok) {
    return failedWith(step, 'SEGMENT_NOT_FOUND', 'No segment that is not archived has this API identifier.');
  }
  return failed(step, details.fault);
}
