import {
  type IdentifierKind,
  type LedgerReference,
  type NothingToDoCode,
  type RunOutcome,
} from './vocabulary';

/** A run as its integration's entity remembers it. */
export interface RunPointer {
  /** Workflow and run id of the `activateAudience` parent, which takes the Updates. */
  workflowId: string;
  runId: string;
  generation: number;
}

/** One audience as its integration's entity keeps it. */
export interface AudienceState {
  key: string;
  audience: string;
  attribute: string;
  identifier: IdentifierKind;
  /** Raised at each begin. */
  generation: number;
  /** Token of the last begin, so that a begin that is asked twice counts once. */
  beginToken: string;
  /** Last committed ledger; absent until a run has committed. */
  ledger?: LedgerReference | undefined;
  /** Runs that began and neither committed nor ended without sending: the next run recovers them. */
  open: RunPointer[];
  /** The last run that committed, as long as it may still wait for its confirmation. */
  released?: RunPointer | undefined;
  lastOutcome?:
    { outcome: RunOutcome; generation: number; at: string; reason?: NothingToDoCode | undefined } | undefined;
  /**
   * Digest of the source that the ledger is a whole picture of: set by a run of which nothing stayed unsent or unknown, taken
   * away by any other commit.
   */
  wholeSource?: string | undefined;
  /** Digest of the source of which the last commit left nothing but refused members; they are tried once more before it is whole. */
  refusedSource?: string | undefined;
  /** Location of the folder that the last run with `newestUnder` brought to Braze: no older one follows it. */
  newestFolder?: string | undefined;
  /**
   * Highest generation that the state bucket knows of and this state did not, which has been lost or set back. As long as
   * no ledger has been committed since, `ledger` and `open` are not the whole truth: the bucket is asked instead.
   */
  forgotten?: number | undefined;
}

/** State of an integration, handed on whole at continue-as-new. */
export interface IntegrationState<Settings> {
  settings: Settings;
  /** Braze segment identifiers seen at set-up, by which a second integration on the same workspace is recognised. */
  segmentIds: string[];
  audiences: Record<string, AudienceState>;
}

/** What a run says when it begins. */
export interface BeginRequest {
  key: string;
  audience: string;
  attribute: string;
  identifier: IdentifierKind;
  /** Values the attribute can hold: the smaller of 100 and its true cap. */
  valueLimit: number;
  /** Distinguishes this begin from any other, so that asking twice raises the generation once. */
  token: string;
  parent: { workflowId: string; runId: string };
  /** A dry run takes no slot and is never recovered: it cannot send. */
  dryRun: boolean;
  /** Highest generation that the state bucket has seen begin; no generation up to it is handed out. Absent: none. */
  floor?: number | undefined;
}

/** What a run starts from, or why it may not. */
export type BeginDecision =
  | {
      ok: true;
      generation: number;
      ledger?: LedgerReference | undefined;
      /** Generations to recover, oldest first. */
      open: number[];
      /** The run that may still be waiting for its confirmation. */
      waiting?: RunPointer | undefined;
      /** Set while the entity does not know what became of generations up to this one; see {@link AudienceState}. */
      forgotten?: number | undefined;
      /** Digest of the source that the ledger is a whole picture of, where nothing has happened since. */
      wholeSource?: string | undefined;
      newestFolder?: string | undefined;
      /** Digest of the source of which the last commit left nothing but refused members. */
      refusedSource?: string | undefined;
      /** The last run has already told that the source is not refreshed. */
      toldUnchanged?: boolean | undefined;
    }
  | { ok: false; code: 'ATTRIBUTE_VALUE_LIMIT' | 'AUDIENCE_IDENTIFIER_CONFLICT'; message: string };

/** A committed ledger and the open generations that it has folded in. */
export interface CommitRequest {
  key: string;
  generation: number;
  ledger: LedgerReference;
  closes: number[];
  /** Digest of the source, if the ledger is a whole picture of it. */
  wholeSource?: string | undefined;
  /** Digest of the source, if nothing but members that Braze has refused for the first time is missing in the ledger. */
  refusedSource?: string | undefined;
  newestFolder?: string | undefined;
}

/** How a run ended; one that sent nothing is closed by it. */
export interface EndRequest {
  key: string;
  generation: number;
  outcome: RunOutcome;
  /** True if no request of this generation can have reached Braze. */
  sentNothing: boolean;
  /** ISO 8601. */
  at: string;
  reason?: NothingToDoCode | undefined;
  /** Digest of the source, if the plan found the ledger to be a whole picture of it. */
  wholeSource?: string | undefined;
  newestFolder?: string | undefined;
}

/** An audience holds a slot of its attribute while its value may be on a profile through us. */
export function holdsSlot(audience: AudienceState): boolean {
  return audience.open.length > 0 || (audience.ledger?.members ?? 0) > 0;
}

/** Why `begin` must be refused, if it must. */
function refusal(
  audiences: Record<string, AudienceState>,
  request: BeginRequest,
): Extract<BeginDecision, { ok: false }> | undefined {
  const others = Object.values(audiences).filter(
    (other) => other.key !== request.key && other.attribute === request.attribute && holdsSlot(other),
  );
  const twin = others.find((other) => other.audience === request.audience);
  if (twin) {
    const message = `"${request.audience}" on ${request.attribute} already belongs to an audience of ${twin.identifier} members`;
    return { ok: false, code: 'AUDIENCE_IDENTIFIER_CONFLICT', message };
  }
  if (others.length < request.valueLimit) return undefined;
  const message = `${request.attribute} already holds ${others.length} audience values and can hold ${request.valueLimit}`;
  return { ok: false, code: 'ATTRIBUTE_VALUE_LIMIT', message };
}

/** Raises the audience's generation and tells the run what to start from; changes `audiences`. */
export function beginRun(audiences: Record<string, AudienceState>, request: BeginRequest): BeginDecision {
  const refused = refusal(audiences, request);
  if (refused) return refused;
  const { key, audience, attribute, identifier, token } = request;
  const known = audiences[key] ?? {
    key,
    audience,
    attribute,
    identifier,
    generation: 0,
    beginToken: '',
    open: [],
  };
  audiences[key] = known;
  if (known.beginToken !== token) {
    known.beginToken = token;
    raiseGeneration(known, request.floor ?? 0);
    if (!request.dryRun) known.open.push({ ...request.parent, generation: known.generation });
  }
  const { generation, ledger, released, forgotten } = known;
  const open = known.open.map((run) => run.generation).filter((earlier) => earlier < generation);
  // An entity that was set back knows an old digest, and an open run may have changed anything.
  const isSettled = forgotten === undefined && open.length === 0;
  return {
    ...{ ok: true, generation, ledger, open, waiting: released, forgotten },
    wholeSource: isSettled ? known.wholeSource : undefined,
    newestFolder: known.newestFolder,
    refusedSource: isSettled ? known.refusedSource : undefined,
    toldUnchanged: known.lastOutcome?.reason === undefined ? undefined : true,
  };
}

/** A generation that has been used is never used again: its receipts would be taken for those of the new run. */
function raiseGeneration(audience: AudienceState, floor: number): void {
  if (audience.generation < floor) audience.forgotten = floor;
  audience.generation = Math.max(audience.generation, floor) + 1;
}

/** Whether this generation may still write. */
export function holds(audiences: Record<string, AudienceState>, key: string, generation: number): boolean {
  const audience = audiences[key];
  return audience?.generation === generation && audience.open.some((run) => run.generation === generation);
}

/** Whether a commit may be taken: only the current, open generation commits, however often it asks. */
export function mayCommit(audiences: Record<string, AudienceState>, request: CommitRequest): boolean {
  const current = audiences[request.key]?.ledger;
  return holds(audiences, request.key, request.generation) || current?.file.key === request.ledger.file.key;
}

/** Makes a ledger the audience's; a run that closes its own generation is released. Changes `audiences`. */
export function commitLedger(audiences: Record<string, AudienceState>, request: CommitRequest): void {
  const audience = audiences[request.key];
  if (!audience || !mayCommit(audiences, request)) return;
  const own = audience.open.find((run) => run.generation === request.generation);
  if (request.closes.includes(request.generation) && own) audience.released = own;
  if (audience.forgotten !== undefined && holds(audiences, request.key, request.generation)) {
    // The ledger was made from all that the bucket knew, so earlier runs are in it, whether or not we remember them.
    audience.open = audience.open.filter((run) => run.generation >= request.generation);
    audience.forgotten = undefined;
  }
  audience.ledger = request.ledger;
  audience.wholeSource = request.wholeSource;
  audience.refusedSource = request.refusedSource;
  audience.newestFolder = request.newestFolder ?? audience.newestFolder;
  audience.open = audience.open.filter((run) => !request.closes.includes(run.generation));
}

/** Notes how a run ended. Changes `audiences`. */
export function endRun(audiences: Record<string, AudienceState>, request: EndRequest): void {
  const { key, generation, outcome, sentNothing, at, reason, wholeSource, newestFolder } = request;
  const audience = audiences[key];
  if (!audience) return;
  if (sentNothing) audience.open = audience.open.filter((run) => run.generation !== generation);
  if (audience.released?.generation === generation) audience.released = undefined;
  if ((audience.lastOutcome?.generation ?? 0) <= generation)
    audience.lastOutcome = { outcome, generation, at, ...(reason === undefined ? {} : { reason }) };
  const isCurrent = audience.generation === generation && audience.forgotten === undefined;
  if (wholeSource !== undefined && sentNothing && isCurrent) audience.wholeSource = wholeSource;
  if (newestFolder !== undefined && audience.generation === generation) audience.newestFolder = newestFolder;
}
