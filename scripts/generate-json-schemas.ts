import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type z } from 'zod';
import { audienceScheduleSchema } from '../src/contract/schemas/audience-schedule';
import { activateAudienceSchema } from '../src/contract/schemas/activate-audience';
import {
  beginRequestSchema,
  commitRequestSchema,
  configureRequestSchema,
  endRequestSchema,
  holdsRequestSchema,
} from '../src/contract/schemas/integration-messages';
import {
  approvalDecisionSchema,
  confirmationAnswerSchema,
  emptyRequestSchema,
  pauseRequestSchema,
} from '../src/contract/schemas/run-messages';
import {
  activateEngagementSchema,
  engagementActivateSchema,
  engagementChangeSchema,
  engagementUpgradeSchema,
} from '../src/contract/schemas/engagement';
import { externalApiSchema, testExternalApiSchema } from '../src/contract/schemas/external-api';
import { toJsonSchema } from '../src/contract/schemas/json-schema';
import { importProfilesSchema } from '../src/contract/schemas/profile-import';
import { segmentSchema } from '../src/contract/schemas/segment';
import { setupIntegrationSchema } from '../src/contract/schemas/setup-integration';

interface Described {
  schema: z.ZodType;
  description: string;
}

/** What each workflow, Update and query takes; by file name. */
const INPUTS: Readonly<Record<string, Described>> = {
  'activate-audience': {
    schema: activateAudienceSchema,
    description: 'Input of the workflow activateAudience; docs/inputs.md says more.',
  },
  'setup-integration': {
    schema: setupIntegrationSchema,
    description: 'Input of the workflow setupIntegration; docs/inputs.md says more.',
  },
  'audience-schedule': {
    schema: audienceScheduleSchema,
    description: 'Input of brazier schedule create; docs/schedules.md says more.',
  },
  segment: {
    schema: segmentSchema,
    description: 'Input of brazier segment save; docs/segments.md says more.',
  },
  'activate-engagement': {
    schema: activateEngagementSchema,
    description: 'Input of the workflow activateEngagement; docs/engagements.md says more.',
  },
  'engagement-activate': {
    schema: engagementActivateSchema,
    description: 'Update activate of an engagement.',
  },
  'engagement-pause': { schema: engagementChangeSchema, description: 'Update pause of an engagement.' },
  'engagement-resume': { schema: engagementChangeSchema, description: 'Update resume of an engagement.' },
  'engagement-stop': { schema: engagementChangeSchema, description: 'Update stop of an engagement.' },
  'engagement-upgrade': { schema: engagementUpgradeSchema, description: 'Update upgrade of an engagement.' },
  'engagement-refresh': {
    schema: emptyRequestSchema,
    description: 'Update refresh of an engagement: its counts as they are now.',
  },
  'engagement-status': {
    schema: emptyRequestSchema,
    description: 'Query status of an engagement, and of activateEngagement.',
  },
  'external-api': {
    schema: externalApiSchema,
    description: 'An External API; docs/external-apis.md says more.',
  },
  'test-external-api': {
    schema: testExternalApiSchema,
    description: 'Input of the workflow testExternalApi; docs/external-apis.md says more.',
  },
  'import-profiles': {
    schema: importProfilesSchema,
    description: 'Input of the workflow importProfiles; docs/profiles.md says more.',
  },
  approve: { schema: approvalDecisionSchema, description: 'Update approve of activateAudience.' },
  reject: { schema: approvalDecisionSchema, description: 'Update reject of activateAudience.' },
  confirm: { schema: confirmationAnswerSchema, description: 'Update confirm of activateAudience.' },
  dispute: { schema: confirmationAnswerSchema, description: 'Update dispute of activateAudience.' },
  pause: { schema: pauseRequestSchema, description: 'Update pause of activateAudience.' },
  resume: { schema: pauseRequestSchema, description: 'Update resume of activateAudience.' },
  status: { schema: emptyRequestSchema, description: 'Query status of activateAudience.' },
  'integration-configure': internal(configureRequestSchema, 'Update configure', 'setupIntegration'),
  'integration-begin': internal(beginRequestSchema, 'Update begin', 'runAudience'),
  'integration-commit': internal(commitRequestSchema, 'Update commit', 'runAudience'),
  'integration-end': internal(endRequestSchema, 'Update end', 'a run'),
  'integration-holds': internal(holdsRequestSchema, 'Query holds', 'the sending activities'),
  'integration-describe': {
    schema: emptyRequestSchema,
    description: 'Query describe of an integration’s entity.',
  },
};

function internal(schema: z.ZodType, message: string, sender: string): Described {
  return { schema, description: `${message} of an integration’s entity; sent by ${sender}, not by people.` };
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** The text of each JSON Schema, by file name. */
export function renderJsonSchemas(): Map<string, string> {
  return new Map(
    Object.entries(INPUTS).map(([name, { schema, description }]) => {
      const head = { $schema: DIALECT, $id: `urn:brazier:input:${name}`, title: name, description };
      return [`${name}.json`, `${JSON.stringify({ ...head, ...toJsonSchema(schema) }, null, 2)}\n`];
    }),
  );
}

if (require.main === module) {
  const folder = join(process.cwd(), 'src', 'contract', 'schemas', 'json');
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of renderJsonSchemas()) writeFileSync(join(folder, file), text);
}
