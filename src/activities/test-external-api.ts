import { Context } from '@temporalio/activity';
import { CALL_PATHS } from '../domain/stream/call-paths';
import { type SecretStore } from '../adapters/secrets/secrets';
import { type Outcome } from '../contract/errors';
import {
  type ExternalApiDefinition,
  type ExternalApiVersion,
  type SecretReference,
  type Verdict,
} from '../contract/external-api';
import {
  type CheckedExternalApiTest,
  type CleanUpTest,
  type PreparedTest,
  type PrepareTestCall,
  type SeenTest,
  type SentTest,
} from '../contract/external-api-test';
import { type BrazeSettings } from '../contract/integration';
import { personObjects } from '../domain/stream/call-identifier';
import {
  judge,
  nameOf,
  proofOf,
  rememberedPart,
  type Restoration,
  restorationOf,
  valuesHeldAlready,
  heldValue,
  isSameFor,
} from '../domain/stream/call-proof';
import { fillSecrets } from '../domain/stream/call-secrets';
import { compileExternalApi, renderCall, type TemplateEngine } from '../domain/stream/render-call';
import { type JsonObject } from '../domain/stream/vocabulary';
import { alive } from './alive';
import { sha256 } from './checksum';
import { readTestAnswer, SYNC_PATH, type TestCalls } from './external-api-calls';
import { throwFault, valueOf } from './failure';
import { FIRST_POLL_MS, MOST_ATTEMPTS, pollProfile, readOne, showsAll, writeBack } from './test-profile';

/** Saved External APIs and what tests of them have shown. */
export interface ApiRegistry {
  saveExternalApi(definition: ExternalApiDefinition, savedBy?: string): Promise<Outcome<ExternalApiVersion>>;
  externalApiVersion(name: string, version?: number): Promise<Outcome<ExternalApiVersion>>;
  recordVerdict(verdict: Verdict): Promise<Outcome<void>>;
}

/** What tests of External APIs need from their process. */
export interface ApiTestPorts {
  /** Absent where no database is configured. */
  registry: ApiRegistry | undefined;
  engine: TemplateEngine;
  secrets: SecretStore;
  redact: (text: string, secrets: readonly string[]) => string;
  openCalls(workspace: { integration: string; braze: BrazeSettings }): Promise<TestCalls>;
  sleep: (ms: number) => Promise<void>;
}

const FINGERPRINT_DIGITS = 16;

/** Activities that try an External API on a test person. */
export function createApiTestActivities(ports: ApiTestPorts) {
  return {
    /**
     * Saves or loads the version, renders the call and reads what the profile holds before it. Safe to retry: saving the
     * same again makes no new version, the rest reads. Bounded by its time-out. Reads fresh: version, secrets, profile.
     */
    prepareExternalApiTest(call: PrepareTestCall): Promise<PreparedTest> {
      return alive(async () => {
        const { integration, settings, test } = call;
        const saved = await versionOf(registryOf(ports), test);
        const rendered = render(ports, saved, test.values);
        const { body, secrets, isIdempotent, identifier } = rendered;
        const { endpoint } = saved.definition;
        for (const { reference } of secrets) valueOf(await ports.secrets.resolve(reference));
        const proof = proofOf(endpoint, body, secrets);
        if (proof.values.length === 0 && test.acceptAnswerOnly === undefined) {
          const message = `${saved.definition.name}: ${proof.notCompared.join('; ')}`;
          throwFault({ code: 'ACCEPT_ANSWER_ONLY', message });
        }
        const prepared: PreparedTest = {
          ...{ integration, settings, endpoint, body, secrets, isIdempotent, identifier, proof },
          externalApi: saved.definition.name,
          version: saved.version,
          keyFingerprint: await fingerprintOf(ports, settings.braze.restKey),
        };
        if (proof.values.length === 0) return prepared;
        const calls = await callsOf(ports, prepared);
        const before = await readOne(calls, prepared);
        refuseHeld(prepared, before);
        return before === undefined ? prepared : { ...prepared, before: rememberedPart(before, proof) };
      });
    },

    /**
     * Sends exactly the rendered call, once. Not to be retried by Temporal: what may have been applied is never sent again.
     * Only what surely was not (it never left, or Braze put it off) is sent anew. Bounded by six tries at one path, or at two where
     * the first is not to be had. Reads fresh: the secrets.
     */
    sendExternalApiTest(prepared: PreparedTest): Promise<SentTest> {
      return alive(async () => {
        const { secretValues, text } = await fillBody(ports, prepared);
        const calls = await callsOf(ports, prepared);
        const path = CALL_PATHS[prepared.endpoint];
        const isSingle = personObjects(prepared.endpoint, prepared.body).length === 1;
        const asked = (where: string) => sendOnce(ports, calls, where, { text, secretValues });
        if (prepared.endpoint !== 'users.track' || !isSingle) return asked(path);
        const inSync = await asked(SYNC_PATH);
        // Where a workspace or a key has it not, nothing was done, and the common way is taken.
        return [403, 404, 429].includes(inSync.answer?.status ?? 0) ? asked(path) : inSync;
      });
    },

    /**
     * Reads the profile until it shows everything or the apply lag has passed. Safe to retry: it reads only. Bounded by the
     * lag, counted anew by each attempt: the clocks of Temporal and of a worker may differ by more than that. Reads fresh: the profile.
     */
    awaitExternalApiTest(prepared: PreparedTest): Promise<SeenTest> {
      return alive(async () => {
        const calls = await callsOf(ports, prepared);
        const { scheduledTimestampMs } = Context.current().info;
        const { before, proof } = prepared;
        const after = await pollProfile(ports, calls, prepared, showsAll(prepared));
        return {
          profileFound: after !== undefined,
          seen: judge(proof.values, before, after),
          waitedSeconds: Math.round((Date.now() - scheduledTimestampMs) / 100) / 10,
        };
      });
    },

    /** Safe to retry: the latest verdict counts, and the same again says the same. Bounded by its time-out. Reads nothing. */
    async recordExternalApiVerdict(verdict: Verdict): Promise<void> {
      valueOf(await registryOf(ports).recordVerdict(verdict));
    },

    /**
     * Puts back what the test wrote, as far as the profile still holds that. Safe to retry: what was put back already is
     * seen and left. Bounded by the apply lag, once for what is put back, and once before where the call may only appear. Reads fresh:
     * the profile, before and after.
     */
    cleanUpExternalApiTest({
      mayAppearYet,
      ...prepared
    }: CleanUpTest): Promise<{ restored: string[]; cannotUndo: string[] }> {
      return alive(async () => {
        const calls = await callsOf(ports, prepared);
        const { before, proof } = prepared;
        // What is put back before Braze has applied the call would be overwritten by it.
        if (mayAppearYet) await pollProfile(ports, calls, prepared, showsAll(prepared));
        const now = await readOne(calls, prepared);
        const { attributes, cannotUndo } = restorationOf(proof, before, now);
        if (attributes.length === 0) return { restored: [], cannotUndo };
        const refused = await writeBack(ports, calls, prepared, attributes);
        const isBack = (profile: JsonObject | undefined) => (restored: Restoration['attributes'][number]) =>
          isSameFor(restored[0], restored[1], profile === undefined ? null : heldValue(profile, restored[0]));
        const seen = await pollProfile(ports, calls, prepared, (profile) =>
          attributes.every(isBack(profile)),
        );
        const name = ([value]: Restoration['attributes'][number]) => nameOf(value);
        const late = attributes.filter((restored) => !isBack(seen)(restored));
        const why =
          refused === undefined
            ? 'was put back, but Braze does not show it yet'
            : `could not be put back: ${refused}`;
        return {
          restored: attributes.filter(isBack(seen)).map(name),
          cannotUndo: [...cannotUndo, ...late.map((one) => `${name(one)} ${why}`)],
        };
      });
    },
  };
}

function callsOf(ports: ApiTestPorts, { integration, settings }: PreparedTest): Promise<TestCalls> {
  return ports.openCalls({ integration, braze: settings.braze });
}

function registryOf({ registry }: ApiTestPorts): ApiRegistry {
  if (registry !== undefined) return registry;
  return throwFault({
    code: 'STREAM_NOT_CONFIGURED',
    message: 'This worker has no database for External APIs.',
  });
}

async function versionOf(registry: ApiRegistry, test: CheckedExternalApiTest): Promise<ExternalApiVersion> {
  const { externalApi, version } = test;
  if (typeof externalApi === 'string')
    return valueOf(await registry.externalApiVersion(externalApi, version));
  return valueOf(await registry.saveExternalApi(externalApi));
}

function render({ engine }: ApiTestPorts, { definition }: ExternalApiVersion, values: JsonObject) {
  const compiled = compileExternalApi(definition, engine);
  if (!compiled.ok) {
    const problems = compiled.problems.map(({ path, problem }) => `${path.join('.')} ${problem}`).join('; ');
    return throwFault({ code: 'INPUT_INVALID', message: `${definition.name}: ${problems}` });
  }
  const call = renderCall(compiled.value, values);
  return call.ok ? call : throwFault({ code: call.code, message: `${definition.name}: ${call.message}` });
}

async function fingerprintOf({ secrets }: ApiTestPorts, key: SecretReference): Promise<string> {
  return sha256(valueOf(await secrets.resolve(key))).slice(0, FINGERPRINT_DIGITS);
}

function refuseHeld({ proof, externalApi }: PreparedTest, before: JsonObject | undefined): void {
  const held = valuesHeldAlready(proof, before);
  if (held.length === 0) return;
  const names = held.map(nameOf).join(', ');
  const message = `${externalApi}: the profile holds all of ${names} already; give another value for at least one of them.`;
  throwFault({ code: 'TEST_NEEDS_NONCE', message });
}

async function fillBody(
  { secrets }: ApiTestPorts,
  { body, secrets: holes }: PreparedTest,
): Promise<{ text: string; secretValues: string[] }> {
  const resolved = new Map<string, string>();
  for (const { reference } of holes) resolved.set(reference, valueOf(await secrets.resolve(reference)));
  const filled = fillSecrets(body, holes, resolved);
  if (filled === undefined)
    return throwFault({ code: 'INVARIANT_BROKEN', message: 'A secret has no place in its call.' });
  return { text: JSON.stringify(filled), secretValues: [...resolved.values()] };
}

async function sendOnce(
  { redact, sleep }: ApiTestPorts,
  calls: TestCalls,
  path: string,
  { text, secretValues }: { text: string; secretValues: string[] },
): Promise<SentTest> {
  const signal = Context.current().cancellationSignal;
  for (let attempt = 1; ; attempt += 1) {
    const reply = await calls.post(path, text, signal);
    const isLast = attempt === MOST_ATTEMPTS;
    if (reply.kind === 'answer') {
      if (reply.status === 429 && path !== SYNC_PATH && !isLast) continue;
      return readTestAnswer(path, reply.status, redact(reply.body, secretValues));
    }
    if (reply.kind === 'lost')
      return { path, outcome: 'unknown', reason: `no answer came: ${redact(reply.reason, secretValues)}` };
    if (isLast)
      throwFault({ code: 'BRAZE_UNAVAILABLE', message: 'Braze cannot be reached; nothing was sent.' });
    await sleep(FIRST_POLL_MS * attempt);
  }
}
