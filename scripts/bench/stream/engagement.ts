import { type ActivateEngagementInput, type EngagementAction } from '../../../src/contract/engagement';
import { type ExternalApiDefinition } from '../../../src/contract/external-api';
import { TRAIT } from './events';

/** The attribute that holds the number of the last event of a person. */
export const NUMBER_ATTRIBUTE = 'bench_number';

const EXTERNAL_API: ExternalApiDefinition = {
  name: 'bench-number',
  channel: 'profile',
  endpoint: 'users.track',
  payload: {
    attributes: [{ external_id: '{{person}}', [NUMBER_ATTRIBUTE]: '{{number}}', bench_place: '{{place}}' }],
  },
  parameters: {
    person: { type: 'string', required: true, perEngagement: false },
    number: { type: 'integer', required: true, perEngagement: false },
    place: { type: 'string', required: true, perEngagement: true },
  },
};

/** Whoever comes into the segment is marked, and whoever leaves it too: one call for each change. */
export function benchEngagement(integration: string): ActivateEngagementInput {
  return {
    integration,
    name: 'toggle',
    goal: 'one call for every event',
    segment: { name: 'inside', condition: { field: `traits.${TRAIT}`, equals: true } },
    action: { externalApi: EXTERNAL_API, ...action('inside') },
    exitAction: { externalApi: EXTERNAL_API, ...action('outside') },
    frequency: 'everyTime',
    activatedBy: 'bench@example.com',
  };
}

function action(place: string): Pick<EngagementAction, 'parameters' | 'testValues'> {
  return {
    parameters: {
      person: { userField: 'externalId' },
      number: { eventField: 'properties.number' },
      place: { constant: place },
    },
    testValues: { person: 'bench-test', number: 1, place },
  };
}
