import { type RunStatus } from '../contract/run';

/** The exact commands that a waiting run waits for; none if it waits for nobody. */
export function nextSteps(status: Pick<RunStatus, 'workflowId' | 'phase' | 'planHash'>): string[] {
  const id = shellWord(status.workflowId);
  const you = '--by "YOUR NAME"';
  switch (status.phase) {
    case 'awaitingApproval':
      return ['approve', 'reject'].map(
        (word) => `brazier ${word} ${id} --plan-hash ${status.planHash ?? 'HASH'} ${you}`,
      );
    case 'awaitingConfirmation':
      return [`brazier confirm ${id} ${you}`, `brazier dispute ${id} ${you}`];
    case 'paused':
      return [`brazier resume ${id} ${you}`];
    case 'received':
    case 'checked':
    case 'held':
    case 'recovering':
    case 'frozen':
    case 'planned':
    case 'sending':
    case 'settling':
    case 'committed':
    case 'released':
    case 'verifying':
    case 'ended':
      return [];
  }
}

/** A word as a POSIX shell takes it literally. */
export function shellWord(text: string): string {
  return /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
