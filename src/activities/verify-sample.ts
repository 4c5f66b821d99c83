import { Context } from '@temporalio/activity';
import { ERROR_CATALOG, type Fault, type Outcome } from '../contract/errors';
import { type BrazeSettings } from '../contract/integration';
import { type Correction, type ObjectReference } from '../contract/objects';
import { type IdentifierKind } from '../contract/phases';
import { type VerificationResult } from '../contract/run';
import { SampleProof, type SampleMember, type SeenProfile } from '../domain/sample-proof';
import { toFailure } from './failure';

import { type RunKey } from './slice-store';

/** What to read back, and what should be seen. */
export interface VerifySampleInput extends RunKey {
  braze: BrazeSettings;
  sample: ObjectReference;
  attribute: string;
  value: string;
  identifier: IdentifierKind;
  /** Whether the run may have created profiles: one that is not there yet is then waited for. */
  createProfiles: boolean;
  /** How long, beyond the apply lag, a profile may take to show its change. */
  deadlineSeconds: number;
}

/** Progress of a read-back, in its heartbeats. */
export interface VerifyProgress {
  checked: number;
  settled: number;
}

/** Profiles of one workspace, read within its own read limit. */
export interface ReadBack {
  /** Members that one request can ask for. */
  batchSize(kind: IdentifierKind): number;
  /** Each id with the profiles that it finds; an e-mail address or a phone number may find several. */
  read(
    kind: IdentifierKind,
    ids: readonly string[],
  ): Promise<Outcome<ReadonlyMap<string, readonly SeenProfile[]>>>;
}

/** What reading back needs from its process. */
export interface VerifyPorts {
  readSample(sample: ObjectReference): Promise<SampleMember[]>;
  /** Writes the corrections object of a generation; an empty list writes nothing. */
  writeCorrections(run: RunKey, corrections: Correction[]): Promise<void>;
  /** Reads profiles within the workspace's own read limit. */
  openReadBack(settings: BrazeSettings): Promise<ReadBack>;
  /** Values that the attribute can hold, read fresh; undefined where the key may not know. */
  attributeCap(settings: BrazeSettings, attribute: string): Promise<number | undefined>;
  sleep(ms: number): Promise<void>;
}

/** A pass over the profiles still missing is repeated after this long. */
const POLL_MS = 2_000;

/** The activities of the `brazier-send` queue that read. */
export function createVerifyActivities(ports: VerifyPorts) {
  return {
    /**
     * Reads a sample of the changed members back until each shows its change or the deadline passes.
     * Safe to retry: it reads Braze and writes only a new corrections object, which is folded once however often it
     * stands there. Bounded by the deadline, counted from when the first attempt was scheduled. Reads fresh: profiles, key.
     */
    async verifySample(input: VerifySampleInput): Promise<Omit<VerificationResult, 'changed'>> {
      const { info } = Context.current();
      const deadline =
        info.scheduledTimestampMs + (input.braze.applyLagSeconds + input.deadlineSeconds) * 1_000;
      const readBack = await ports.openReadBack(input.braze);
      const cap = await ports.attributeCap(input.braze, input.attribute);
      const { attribute, value, createProfiles } = input;
      const proof = new SampleProof(await ports.readSample(input.sample), {
        attribute,
        value,
        cap,
        createProfiles,
      });
      let trouble: Fault | undefined;
      for (;;) {
        trouble = await readPending(readBack, input.identifier, proof);
        if ((!trouble && proof.pending().length === 0) || Date.now() >= deadline) break;
        await sleepAlive(ports, proof, Math.min(trouble?.retryAfterMs ?? POLL_MS, deadline - Date.now()));
      }
      await ports.writeCorrections(input, proof.corrections());
      const skipped = trouble && `Braze stopped answering before everything was read: ${trouble.message}`;
      return { ...proof.result(), skipped };
    },
  };
}

/** Sleeps in steps that a heartbeat time-out allows. */
async function sleepAlive(ports: VerifyPorts, proof: SampleProof, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= POLL_MS) {
    await ports.sleep(Math.min(left, POLL_MS));
    Context.current().heartbeat(progressOf(proof));
    Context.current().cancellationSignal.throwIfAborted();
  }
}

/** One pass; a fault that waiting may mend is answered, any other ends the activity. */
async function readPending(
  readBack: ReadBack,
  kind: IdentifierKind,
  proof: SampleProof,
): Promise<Fault | undefined> {
  const pending = proof.pending();
  const size = readBack.batchSize(kind);
  for (let at = 0; at < pending.length; at += size) {
    const batch = pending.slice(at, at + size);
    const profiles = await readBack.read(kind, batch);
    if (!profiles.ok) {
      if (ERROR_CATALOG[profiles.fault.code].retryable) return profiles.fault;
      throw toFailure(profiles.fault);
    }
    for (const id of batch) proof.see(id, profiles.value.get(id) ?? []);
    Context.current().heartbeat(progressOf(proof));
    Context.current().cancellationSignal.throwIfAborted();
  }
  return undefined;
}

function progressOf(proof: SampleProof): VerifyProgress {
  const { checked } = proof.result();
  return { checked, settled: checked - proof.pending().length };
}
