import { type ActivateEngagementInput } from '../../src/contract/engagement';
import { type ExternalApiDefinition, type TestExternalApiInput } from '../../src/contract/external-api';

const text = { type: 'string', required: true, perEngagement: false } as const;
const LEAD_PROFILE: ExternalApiDefinition = {
  name: 'lead-profile',
  channel: 'profile',
  endpoint: 'users.track',
  payload: { attributes: [{ external_id: '{{ id }}', lead_plan: '{{ plan }}' }] },
  parameters: { id: text, plan: text },
};

/** A test of the External API that the recorded engagement then finds tested. */
export function recordedTest(integration: string): TestExternalApiInput {
  return {
    integration,
    externalApi: LEAD_PROFILE,
    values: { id: 'test-person', plan: 'tested once' },
  };
}

/** The same External API in its next version, which is tested on the way. */
export function recordedEngagement(integration: string): ActivateEngagementInput {
  return {
    integration,
    name: 'greet-leads',
    segment: { name: 'leads', condition: { event: 'Lead Form', atLeast: 1 } },
    action: {
      externalApi: { ...LEAD_PROFILE, description: 'of the engagement' },
      parameters: { id: { userField: 'externalId' }, plan: { constant: 'lead' } },
      testValues: { id: 'test-person', plan: 'tested twice' },
    },
    activatedBy: 'Ada',
  };
}
