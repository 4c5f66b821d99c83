import { z } from 'zod';
import { type SecretReference } from '../contract/integration';
import { isSecretReference } from '../contract/schemas/secret-reference';

/** One source of events, as the operator configures it: whoever has its key posts events of one integration. */
export interface EventSourceSetting {
  name: string;
  integration: string;
  reference: SecretReference;
}

const FORM =
  'must be a list such as web:shop=env:WEB_KEY: name of the source, a colon, its integration, and the reference of its key; both names of lower-case letters, digits and hyphens';
const NAMED = /^([a-z0-9][a-z0-9-]{0,31}):([a-z0-9][a-z0-9-]{0,62})=(.+)$/;

/** `source:integration=reference`. */
export const eventSourceSchema = z.string().transform((text, context): EventSourceSetting => {
  const [, name, integration, reference] = NAMED.exec(text) ?? [];
  if (name === undefined || integration === undefined || !isSecretReference(reference)) {
    // The text is not repeated: it may be a key that somebody pasted.
    context.addIssue(FORM);
    return z.NEVER;
  }
  return { name, integration, reference };
});

/** What contradicts itself in a list of sources, one sentence each. */
export function contradictorySources(sources: readonly EventSourceSetting[]): string[] {
  const names = sources.map(({ name, integration }) => `${name}:${integration}`);
  const found = names.filter((name, index) => names.indexOf(name) !== index);
  const sentences = [...new Set(found)].map(
    (name) => `BRAZIER_EVENT_SOURCES: "${name}" is there twice; every source has one key`,
  );
  if (new Set(sources.map(({ reference }) => reference)).size < sources.length)
    sentences.push('BRAZIER_EVENT_SOURCES: two sources share a reference; every source has a key of its own');
  return sentences;
}
