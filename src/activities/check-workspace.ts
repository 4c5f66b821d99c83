import { type BrazeWorkspace, type WorkspaceOpener } from '../adapters/braze/probe';
import { type BrazeSegment } from '../adapters/braze/segments';
import { type Activation } from '../contract/activation';
import { type IntegrationSettings } from '../contract/integration';
import { MAX_VALUES_PER_ATTRIBUTE } from '../contract/names';
import { judgeAttribute } from '../domain/attribute-state';
import { throwFault, valueOf } from './failure';

/** Which activation is about to run on which workspace. */
export interface WorkspaceCheckRequest {
  settings: IntegrationSettings;
  activation: Pick<Activation, 'attribute' | 'audience'>;
}

/** What the workspace is like right now. */
export interface WorkspaceCheck {
  /** Values that the attribute can hold for us: the smaller of 100 and its true cap. */
  valueCap: number;
  /** `unseen`: the key may not read the registry, so 100 is assumed. */
  attribute: 'absent' | 'array' | 'unseen';
  /** A Braze segment that has the audience's name. */
  segment?: BrazeSegment | undefined;
}

/** Activities that look at the workspace before a run. */
export function createWorkspaceActivities(dependencies: { openWorkspace: WorkspaceOpener }) {
  return {
    /**
     * Whether the attribute can take the audience, and which Braze segment bears its name. Retrying is safe, since it only
     * reads; bounded by the request time-out times the pages it reads; everything is read fresh, the key included.
     */
    async checkWorkspace({ settings, activation }: WorkspaceCheckRequest): Promise<WorkspaceCheck> {
      const { attribute, audience } = activation;
      if (!settings.attributes.includes(attribute)) {
        throwFault({
          code: 'ATTRIBUTE_NOT_DECLARED',
          message: `The integration ${settings.name} declares ${settings.attributes.join(', ')}, not ${attribute}.`,
        });
      }
      const workspace = valueOf(await dependencies.openWorkspace(settings.braze));
      try {
        const state = await attributeOf(workspace, attribute);
        const segment = await segmentNamed(workspace, audience);
        return { ...state, ...(segment === undefined ? {} : { segment }) };
      } finally {
        await workspace.close();
      }
    },
  };
}

async function attributeOf(workspace: BrazeWorkspace, name: string): Promise<WorkspaceCheck> {
  const found = await workspace.findAttributes([name]);
  if (!found.ok && found.fault.code === 'BRAZE_PERMISSION_MISSING') {
    return { valueCap: MAX_VALUES_PER_ATTRIBUTE, attribute: 'unseen' };
  }
  const state = judgeAttribute(valueOf(found).get(name));
  switch (state.kind) {
    case 'absent':
      return { valueCap: MAX_VALUES_PER_ATTRIBUTE, attribute: 'absent' };
    case 'array':
      return {
        valueCap: Math.min(MAX_VALUES_PER_ATTRIBUTE, state.cap ?? MAX_VALUES_PER_ATTRIBUTE),
        attribute: 'array',
      };
    case 'unusable':
      return throwFault({
        code: 'ATTRIBUTE_UNUSABLE',
        message: `${name} cannot hold audiences: ${state.reason}.`,
      });
  }
}

/** The name is advice for people, so a key that may no longer list segments does not stop a run. */
async function segmentNamed(workspace: BrazeWorkspace, audience: string): Promise<BrazeSegment | undefined> {
  const segments = await workspace.listSegments();
  if (!segments.ok && segments.fault.code === 'BRAZE_PERMISSION_MISSING') return undefined;
  return valueOf(segments).find(({ name }) => name.trim() === audience);
}
