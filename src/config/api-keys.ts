import { z } from 'zod';
import { type ApiPermission } from '../contract/http-api';
import { type SecretReference } from '../contract/integration';
import { isSecretReference } from '../contract/schemas/secret-reference';

/** One caller of the HTTP API, as the operator configures it. */
export interface ApiKeySetting {
  name: string;
  permissions: readonly ApiPermission[];
  reference: SecretReference;
}

const PERMISSIONS = ['start', 'decide', 'read', 'people'] as const satisfies readonly ApiPermission[];
const FORM =
  'must be a list such as crm=env:CRM_API_KEY or etl:start+read=file:/run/secrets/etl: names of lower-case letters, digits and hyphens, permissions start, decide, read and people';
const NAMED = /^([a-z0-9][a-z0-9-]{0,31})(?::([a-z+]+))?=(.+)$/;

/** `name=reference`, or `name:permission+permission=reference`; a name alone may do everything. */
export const apiKeySchema = z.string().transform((text, context): ApiKeySetting => {
  const [, name, granted, reference] = NAMED.exec(text) ?? [];
  const permissions = granted === undefined ? PERMISSIONS : readPermissions(granted);
  if (name === undefined || permissions === undefined || !isSecretReference(reference)) {
    // The text is not repeated: it may be a key that somebody pasted.
    context.addIssue(FORM);
    return z.NEVER;
  }
  return { name, permissions, reference };
});

function readPermissions(text: string): ApiPermission[] | undefined {
  const granted = text.split('+').map((word) => PERMISSIONS.find((permission) => permission === word));
  const known = granted.filter((permission) => permission !== undefined);
  return known.length === granted.length ? known : undefined;
}

/** Names that stand for more than one caller. */
export function repeatedNames(settings: readonly ApiKeySetting[]): string[] {
  const names = settings.map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
