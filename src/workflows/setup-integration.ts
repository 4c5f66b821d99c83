import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import {
  type SetupIntegrationInput,
  type SetupIntegrationResult,
  type SetupStep,
} from '../contract/integration';
import { entity, input as inputActivities, setup } from './activity-proxies';

/**
 * Sets up an integration, or changes it: everything is validated by using it, all problems come in one answer, and only
 * if there is none the integration is created or changed. Takes one JSON object (`SetupIntegrationInput`).
 */
export async function setupIntegration(input: SetupIntegrationInput): Promise<SetupIntegrationResult> {
  const settings = await inputActivities.checkSetup(input);
  const { steps, segmentIds } = await setup.probeIntegration(settings);
  const rivalry = await entity.checkWorkspaceIsFree({ settings, segmentIds });
  const all = [...steps, rivalry];
  const ok = all.every((step) => step.status !== 'fail');
  setCurrentDetails(describe(settings.name, all));
  const change = ok
    ? await entity.configureIntegration({ settings, segmentIds, token: workflowInfo().runId })
    : 'unchanged';
  return { integration: settings.name, ok, change, steps: all };
}

const MARKS = { pass: '✓', fail: '✗', skipped: '–' } as const;

function describe(name: string, steps: SetupStep[]): string {
  const lines = steps.map(({ step, status, message, action }) => {
    return `- ${MARKS[status]} **${step}**: ${message}${action ? ` *${action}*` : ''}`;
  });
  return [`**${name}**`, '', ...lines].join('\n');
}
