/** Update `approve` and `reject`: bound to the plan's hash, by a named person. */
export interface ApprovalDecision {
  planHash: string;
  by: string;
}

/** Update `confirm` and `dispute`: the awaited e-mail step, answered by a person or a mail. */
export interface ConfirmationAnswer {
  by: string;
  via?: 'link' | 'mail' | 'update';
}

/** Update `pause` and `resume`: who asked. */
export interface PauseRequest {
  by: string;
}

/** Queries take one object; nothing in it is needed. */
export type EmptyRequest = Record<string, never>;

/** Names of the messages that a run handles. */
export const RUN_MESSAGES = {
  approve: 'approve',
  reject: 'reject',
  confirm: 'confirm',
  dispute: 'dispute',
  pause: 'pause',
  resume: 'resume',
  status: 'status',
} as const;
