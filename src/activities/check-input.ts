import { type Activation } from '../contract/activation';
import { type CheckedEngagement } from '../contract/engagement';
import { type Outcome } from '../contract/errors';
import { type CheckedExternalApiTest } from '../contract/external-api-test';
import { type IntegrationSettings } from '../contract/integration';
import { type CheckedProfileImport } from '../contract/profile-import';
import { parseActivation } from '../contract/schemas/activate-audience';
import { audienceKey } from '../contract/schemas/audience-key';
import { parseEngagement } from '../contract/schemas/engagement';
import { parseExternalApiTest } from '../contract/schemas/external-api';
import { parseProfileImport } from '../contract/schemas/profile-import';
import { parseSetup } from '../contract/schemas/setup-integration';
import { valueOf } from './failure';

export { audienceKey };

const ROTATE = 'Temporal has kept the input, so that value is no longer a secret: rotate it.';

/**
 * Local activities that check what a person typed, since a workflow carries no schema library. Retrying is safe and never
 * needed: they are pure, read nothing, and a bad input fails for good with the field's name.
 */
export function createInputActivities() {
  return {
    /** The activation with every default filled in; ends with INPUT_INVALID, SECRET_LITERAL or TERMS_NOT_ACCEPTED otherwise. */
    checkActivation(input: unknown): Promise<Activation> {
      return attempt(() => {
        const activation = valueOf(keptByTemporal(parseActivation(input)));
        const key = audienceKey(activation.attribute, activation.audience, activation.source.identifier);
        return { ...activation, audienceKey: key };
      });
    },

    /** The test with every default filled in; ends with INPUT_INVALID, SECRET_LITERAL or PAYLOAD_SEVERAL_USERS otherwise. */
    checkExternalApiTest(input: unknown): Promise<CheckedExternalApiTest> {
      return attempt(() => valueOf(keptByTemporal(parseExternalApiTest(input))));
    },

    /** The import with every default filled in; ends with INPUT_INVALID or SECRET_LITERAL otherwise. */
    checkProfileImport(input: unknown): Promise<CheckedProfileImport> {
      return attempt(() => valueOf(keptByTemporal(parseProfileImport(input))));
    },

    /** The settings with every default filled in; ends with INPUT_INVALID or SECRET_LITERAL otherwise. */
    checkSetup(input: unknown): Promise<IntegrationSettings> {
      return attempt(() => valueOf(keptByTemporal(parseSetup(input))));
    },

    /** The engagement with its defaults filled in; ends with INPUT_INVALID or SECRET_LITERAL otherwise. */
    checkEngagement(input: unknown): Promise<CheckedEngagement> {
      return attempt(() => valueOf(keptByTemporal(parseEngagement(input))));
    },
  };
}

/** What a workflow was started with is in its history already, whoever refuses it now. */
function keptByTemporal<T>(parsed: Outcome<T>): Outcome<T> {
  if (parsed.ok || parsed.fault.code !== 'SECRET_LITERAL') return parsed;
  return { ok: false, fault: { ...parsed.fault, message: `${parsed.fault.message} ${ROTATE}` } };
}

/** Activities are asynchronous by contract: what is thrown here rejects instead. */
function attempt<T>(check: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(check());
  });
}
