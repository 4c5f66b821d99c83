import { type AudienceDataAdapters } from './audience-data-adapters';
import { drawSample, type DrawSampleInput } from './draw-sample';
import { foldLedger, type FoldLedgerInput } from './fold-ledger';
import { freezeSource, type FreezeSourceInput } from './freeze-source';
import { planRun, type PlanRunInput } from './plan-run';
import { recoverLedger, type RecoverLedgerInput } from './recover-ledger';

/** The activities that move members between source, plan and ledger. They run on the data task queue. */
export function createAudienceDataActivities(adapters: AudienceDataAdapters) {
  return {
    freezeSource: (input: FreezeSourceInput) => freezeSource(adapters, input),
    planRun: (input: PlanRunInput) => planRun(adapters, input),
    foldLedger: (input: FoldLedgerInput) => foldLedger(adapters, input),
    recoverLedger: (input: RecoverLedgerInput) => recoverLedger(adapters, input),
    drawSample: (input: DrawSampleInput) => drawSample(adapters, input),
  };
}

/** The activities as workflows see them. */
export type AudienceDataActivities = ReturnType<typeof createAudienceDataActivities>;
