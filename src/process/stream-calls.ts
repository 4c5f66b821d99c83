import { createHash } from 'node:crypto';
import { createTemplateEngine } from '../adapters/liquid/engine';
import { type Registry } from '../adapters/postgres/registry';
import { type SecretStore } from '../adapters/secrets/secrets';
import { type CallFactory } from '../activities/shard-stay';
import { type ActionPin } from '../contract/engagement';
import { fault, success, type Outcome } from '../contract/errors';
import { takeApart } from '../domain/stream/call-parts';
import { fillSecrets } from '../domain/stream/call-secrets';
import { createDateFormatter } from '../domain/stream/date-format';
import { mapParameters } from '../domain/stream/parameter-values';
import { type CompiledCall, compileExternalApi, renderCall } from '../domain/stream/render-call';
import { type SecretPlace } from '../domain/stream/shard-work';

/** Where definitions and secrets come from. */
export interface CallSources {
  registry: Pick<Registry, 'externalApiVersion'>;
  secrets: SecretStore;
}

/** Makes calls from engagements: versions of External APIs never change, so each is read and compiled once for a process. */
export function createCallFactory({ registry, secrets }: CallSources): CallFactory {
  const engine = createTemplateEngine();
  const formatDate = createDateFormatter();
  const compiled = new Map<string, CompiledCall>();

  const learnPin = async ({ externalApi, version }: ActionPin): Promise<Outcome<void>> => {
    const name = nameOf(externalApi, version);
    if (compiled.has(name)) return success(undefined);
    const saved = await registry.externalApiVersion(externalApi, version);
    if (!saved.ok) return saved;
    const made = compileExternalApi(saved.value.definition, engine);
    if (!made.ok) return fault('INVARIANT_BROKEN', `version ${version} of ${externalApi} is no definition`);
    compiled.set(name, made.value);
    return success(undefined);
  };

  return {
    async learn({ action, exitAction }) {
      const learned = await learnPin(action);
      return learned.ok && exitAction !== undefined ? learnPin(exitAction) : learned;
    },
    make({ pin, planned, state, event }) {
      const call = compiled.get(nameOf(pin.externalApi, pin.version));
      if (call === undefined) return { ok: false, reason: 'INVARIANT_BROKEN: the External API was not read' };
      const context = { state, event, enteredAtMs: planned.enteredAtMs, hash, formatDate };
      const mapped = mapParameters(pin.parameters, context);
      if (!mapped.ok) return { ok: false, reason: `${mapped.code}: ${mapped.message}` };
      const rendered = renderCall(call, mapped.values);
      if (!rendered.ok) return { ok: false, reason: `${rendered.code}: ${rendered.message}` };
      const { body, secrets: places, isIdempotent } = rendered;
      return { ok: true, request: { endpoint: call.endpoint, body, secrets: places, isIdempotent } };
    },
    async parts({ endpoint, body, secrets: places, isIdempotent }) {
      if (places.length === 0) return takeApart(endpoint, body, isIdempotent);
      const resolved = await resolve(secrets, places);
      const filled = resolved === undefined ? undefined : fillSecrets(body, places, resolved);
      if (resolved === undefined || filled === undefined)
        return { problem: 'SECRET_UNREADABLE: a secret of the External API cannot be read' };
      return takeApart(endpoint, filled, isIdempotent, [...resolved.values()]);
    },
  };
}

function nameOf(externalApi: string, version: number): string {
  return `${version} ${externalApi}`;
}

/** Hashes a text in hex, as mappings ask for it. */
export function hash(algorithm: 'sha256' | 'md5', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

/** Read anew each time, so that a rotated one is used at once; they live as long as the request does. */
async function resolve(
  secrets: SecretStore,
  places: readonly SecretPlace[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const resolved = new Map<string, string>();
  for (const { reference } of places) {
    const secret = await secrets.resolve(reference);
    if (!secret.ok) return undefined;
    resolved.set(reference, secret.value);
  }
  return resolved;
}
