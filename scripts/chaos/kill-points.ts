import { type RunPhase } from '../../src/contract/phases';

/** An object of the state bucket, by what it is for. */
export type StateObject =
  | 'snapshot'
  | 'plan'
  | 'marker'
  | 'receipt'
  | 'ledger'
  | 'manifest'
  | 'recovered ledger'
  | 'recovered manifest';

/** A place in a run at which something can be made to happen. The request that was seen there waits meanwhile. */
export type Place =
  | { kind: 'braze has applied' }
  | { kind: 'braze is read back' }
  | { kind: 'put'; object: StateObject; moment: 'before' | 'after' }
  | { kind: 'source is read halfway' }
  | { kind: 'phase'; phase: RunPhase };

/** What happens there. `sender` is the worker that works for this audience just now. */
export type Blow =
  | 'kill sender'
  | 'kill workers'
  | 'kill gateway'
  | 'kill Temporal'
  | 'kill everything'
  | 'freeze sender'
  | 'terminate child'
  | 'terminate child and kill sender'
  | 'terminate parent'
  | 'reset child'
  | 'reset parent'
  | 'cancel'
  | 'replace source'
  | 'start again';

/** What a kill point is counted under; a chaos run of some length has to have reached each of them. */
export type Category =
  | 'reading'
  | 'applied, not recorded'
  | 'receipt'
  | 'ledger'
  | 'recovery'
  | 'approval'
  | 'confirmation'
  | 'pause'
  | 'settling'
  | 'verifying'
  | 'terminate'
  | 'reset'
  | 'cancel'
  | 'frozen worker'
  | 'second start'
  | 'source replaced';

/** One card of the deck. */
export interface KillPoint {
  category: Category;
  place: Place;
  blow: Blow;
  /** The run does not survive it; the audience is refreshed again. */
  endsRun?: true;
  /** Can only be reached where somebody may leave. */
  needsLedger?: true;
}

const applied: Place = { kind: 'braze has applied' };
const put = (object: StateObject, moment: 'before' | 'after'): Place => ({ kind: 'put', object, moment });
const phase = (name: RunPhase): Place => ({ kind: 'phase', phase: name });

/** The breaking-off that a recovery needs to have something to recover. */
export const BREAK: KillPoint = {
  category: 'terminate',
  place: applied,
  blow: 'terminate child and kill sender',
  endsRun: true,
};

/** Every kill point there is. Chaos runs deal them out like cards, all of them before any comes again. */
export const KILL_POINTS: readonly KillPoint[] = [
  { category: 'reading', place: { kind: 'source is read halfway' }, blow: 'kill sender' },
  { category: 'reading', place: put('snapshot', 'after'), blow: 'kill sender' },
  { category: 'reading', place: put('plan', 'after'), blow: 'kill sender' },
  { category: 'reading', place: put('plan', 'before'), blow: 'kill Temporal' },
  { category: 'applied, not recorded', place: applied, blow: 'kill sender' },
  { category: 'applied, not recorded', place: applied, blow: 'kill workers' },
  { category: 'applied, not recorded', place: applied, blow: 'kill Temporal' },
  { category: 'applied, not recorded', place: applied, blow: 'kill everything' },
  { category: 'applied, not recorded', place: put('marker', 'before'), blow: 'kill sender' },
  { category: 'applied, not recorded', place: put('marker', 'after'), blow: 'kill workers' },
  { category: 'receipt', place: put('receipt', 'before'), blow: 'kill sender' },
  { category: 'receipt', place: put('receipt', 'before'), blow: 'kill Temporal' },
  { category: 'receipt', place: put('receipt', 'after'), blow: 'kill sender' },
  { category: 'receipt', place: put('receipt', 'after'), blow: 'kill everything' },
  { category: 'ledger', place: put('ledger', 'before'), blow: 'kill sender' },
  { category: 'ledger', place: put('ledger', 'after'), blow: 'kill sender' },
  { category: 'ledger', place: put('ledger', 'after'), blow: 'kill Temporal' },
  { category: 'ledger', place: put('manifest', 'before'), blow: 'kill workers' },
  { category: 'ledger', place: put('manifest', 'after'), blow: 'kill sender' },
  { category: 'ledger', place: put('manifest', 'after'), blow: 'kill everything' },
  { category: 'recovery', place: phase('recovering'), blow: 'kill workers' },
  { category: 'recovery', place: phase('recovering'), blow: 'kill Temporal' },
  { category: 'recovery', place: put('recovered ledger', 'after'), blow: 'kill sender' },
  { category: 'recovery', place: put('recovered manifest', 'after'), blow: 'kill everything' },
  { category: 'approval', place: phase('awaitingApproval'), blow: 'kill workers', needsLedger: true },
  { category: 'approval', place: phase('awaitingApproval'), blow: 'kill Temporal', needsLedger: true },
  { category: 'confirmation', place: phase('awaitingConfirmation'), blow: 'kill gateway' },
  { category: 'confirmation', place: phase('awaitingConfirmation'), blow: 'kill workers' },
  { category: 'confirmation', place: phase('awaitingConfirmation'), blow: 'kill everything' },
  { category: 'pause', place: phase('paused'), blow: 'kill workers' },
  { category: 'pause', place: phase('paused'), blow: 'kill Temporal' },
  { category: 'settling', place: phase('settling'), blow: 'kill workers' },
  { category: 'settling', place: phase('settling'), blow: 'kill Temporal' },
  { category: 'verifying', place: phase('verifying'), blow: 'kill workers' },
  { category: 'verifying', place: { kind: 'braze is read back' }, blow: 'kill sender' },
  { category: 'verifying', place: { kind: 'braze is read back' }, blow: 'kill everything' },
  { category: 'terminate', place: applied, blow: 'terminate child', endsRun: true },
  { category: 'terminate', place: applied, blow: 'terminate parent', endsRun: true },
  { category: 'terminate', place: put('receipt', 'before'), blow: 'terminate child', endsRun: true },
  { category: 'reset', place: applied, blow: 'reset child', endsRun: true },
  { category: 'reset', place: applied, blow: 'reset parent', endsRun: true },
  { category: 'reset', place: phase('settling'), blow: 'reset child', endsRun: true },
  { category: 'cancel', place: applied, blow: 'cancel', endsRun: true },
  { category: 'frozen worker', place: applied, blow: 'freeze sender', endsRun: true },
  { category: 'second start', place: applied, blow: 'start again' },
  {
    category: 'source replaced',
    place: { kind: 'source is read halfway' },
    blow: 'replace source',
    endsRun: true,
  },
];

/** What a kill point is called in a log. */
export function describePoint({ place, blow }: KillPoint): string {
  return `${blow} ${describePlace(place)}`;
}

function describePlace(place: Place): string {
  switch (place.kind) {
    case 'braze has applied':
      return 'when Braze has applied a request and not answered';
    case 'braze is read back':
      return 'when profiles are read back';
    case 'source is read halfway':
      return 'when half of the source was read';
    case 'put':
      return `${place.moment} the ${place.object} is stored`;
    case 'phase':
      return `while ${place.phase}`;
  }
}
