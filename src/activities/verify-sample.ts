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
  /**
   * Each id with the profiles that it finds; an e-mail address or a phone number may find several. Rejects when the signal
   * comes while it waits for its turn.
   */
  read(
    kind: IdentifierKind,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<Outcome<ReadonlyMap<string, readonly SeenProfile[]>>>;
}

/** What reading back needs from its process. */
export interface VerifyPorts {
  readSample(sample: ObjectReference): Promise<SampleMember[]>;
  /** Writes the corrections object of a generation; an empty list writes nothing. */
  writeCorrections(run: RunKey, corrections: Correction[]): Promise<void>;
  /** Reads profiles within the workspace's own read limit. */
  openReadBack(workspace: { integration: string; braze: BrazeSettings }): Promise<ReadBack>;
  /** Values that the attribute can hold, read fresh; undefined where the key may not know. */
  attributeCap(settings: BrazeSettings, attribute: string): Promise<number | undefined>;
  sleep(ms: number): Promise<void>;
}

/** A pass over the profiles still missing is repeated after this long. */
const POLL_MS = 2_000;
/** Braze's longest window is an hour: what it puts off by 429 is read after the deadline, up to this long. */
const LONGEST_THROTTLE_MS = 12 * 3_600_000;
/** One request can take longer than Temporal waits for a sign of life. */
const HEARTBEAT_MS = 5_000;

/** The activities of the `brazier-send` queue that read. */
export function createVerifyActivities(ports: VerifyPorts) {
  return {
    /**
     * Reads a sample of the changed members back until each shows its change or the deadline passes.
     * Safe to retry: it reads Braze and writes only a new corrections object, which is folded once however often it
     * stands there. Bounded by the deadline, counted from when the first attempt was scheduled; only while Braze asks for
     * pauses it goes on beyond, for twelve hours. Reads fresh: profiles, key.
     */
    async verifySample(input: VerifySampleInput): Promise<Omit<VerificationResult, 'changed'>> {
      const context = Context.current();
      let progress: VerifyProgress = { checked: 0, settled: 0 };
      const beating = setInterval(() => context.heartbeat(progress), HEARTBEAT_MS);
      try {
        return await verify(ports, input, (proof) => {
          progress = progressOf(proof);
          context.heartbeat(progress);
          context.cancellationSignal.throwIfAborted();
        });
      } finally {
        clearInterval(beating);
      }
    },
  };
}

/** Tells how far it is, and ends the activity when the run was cancelled. */
type Report = (proof: SampleProof) => void;

async function verify(
  ports: VerifyPorts,
  input: VerifySampleInput,
  report: Report,
): Promise<Omit<VerificationResult, 'changed'>> {
  const { braze, attribute, value, identifier, createProfiles, deadlineSeconds } = input;
  const { scheduledTimestampMs } = Context.current().info;
  const deadline = scheduledTimestampMs + (braze.applyLagSeconds + deadlineSeconds) * 1_000;
  const readBack = await ports.openReadBack(input);
  const cap = await ports.attributeCap(braze, attribute);
  const sample = await ports.readSample(input.sample);
  const proof = new SampleProof(sample, { attribute, value, cap, createProfiles });
  let trouble: Fault | undefined;
  for (;;) {
    trouble = await readPending(readBack, identifier, proof, report);
    // A pause says nothing about the profiles: nobody is called late before a look that Braze has let us have.
    const end = trouble?.code === 'BRAZE_RATE_LIMITED' ? deadline + LONGEST_THROTTLE_MS : deadline;
    if ((!trouble && proof.pending().length === 0) || Date.now() >= end) break;
    const waitMs = Math.min(trouble?.retryAfterMs ?? POLL_MS, end - Date.now());
    await sleepAlive(ports, waitMs, () => report(proof));
  }
  await ports.writeCorrections(input, proof.corrections());
  const result = proof.result();
  if (!trouble) return result;
  const reason = `Braze stopped answering before everything was read: ${trouble.message}`;
  return result.checked === 0 ? { ...result, skipped: reason } : { ...result, incomplete: reason };
}

/** Sleeps in steps that a heartbeat time-out allows. */
async function sleepAlive(ports: VerifyPorts, ms: number, report: () => void): Promise<void> {
  for (let left = ms; left > 0; left -= POLL_MS) {
    await ports.sleep(Math.min(left, POLL_MS));
    report();
  }
}

/** One pass; a fault that waiting may mend is answered, any other ends the activity. */
async function readPending(
  readBack: ReadBack,
  kind: IdentifierKind,
  proof: SampleProof,
  report: Report,
): Promise<Fault | undefined> {
  const pending = proof.pending();
  const size = readBack.batchSize(kind);
  for (let at = 0; at < pending.length; at += size) {
    const batch = pending.slice(at, at + size);
    const profiles = await readBack.read(kind, batch, Context.current().cancellationSignal);
    if (!profiles.ok) {
      if (ERROR_CATALOG[profiles.fault.code].retryable) return profiles.fault;
      throw toFailure(profiles.fault);
    }
    for (const id of batch) proof.see(id, profiles.value.get(id) ?? []);
    report(proof);
  }
  return undefined;
}

function progressOf(proof: SampleProof): VerifyProgress {
  const { checked } = proof.result();
  return { checked, settled: checked - proof.pending().length };
}
