import { type SecretStore } from '../adapters/secrets/secrets';
import { type EventSourceSetting } from '../config/event-sources';
import { fault, success, type Outcome } from '../contract/errors';
import { type EventSource } from '../gateway/events/sources';
import { keyProblem } from './api-callers';

/** Reads the key of every source; a key that is unusable is found out at the start, not by the first event. */
export async function resolveEventSources(
  store: SecretStore,
  settings: readonly EventSourceSetting[],
): Promise<Outcome<EventSource[]>> {
  const sources: EventSource[] = [];
  for (const { name, integration, reference } of settings) {
    const key = await store.resolve(reference);
    if (!key.ok) return key;
    const others = sources.map((other) => ({ name: `${other.name}:${other.integration}`, key: other.key }));
    const problem = keyProblem(key.value, others);
    if (problem !== undefined)
      return fault(
        'SECRET_UNREADABLE',
        `BRAZIER_EVENT_SOURCES: the key of "${name}:${integration}" ${problem}.`,
      );
    sources.push({ name, integration, key: key.value });
  }
  return success(sources);
}
