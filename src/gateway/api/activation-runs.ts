import { type ActivateAudienceInput } from '../../contract/activation';
import { type Outcome } from '../../contract/errors';
import {
  type ActivationListing,
  type ActivationReference,
  type ActivationView,
  type StartedActivation,
} from '../../contract/http-api';
import { type ApprovalDecision, type ConfirmationAnswer, type PauseRequest } from '../../contract/messages';
import { type IdentifierKind } from '../../contract/phases';
import { type ConfirmationResult } from '../../contract/run';

/** A start, by whom, and under which key if the caller gave one. */
export interface StartRequest {
  input: ActivateAudienceInput;
  caller: string;
  /** A repeated request with the same key starts nothing and gets the first run back. */
  idempotencyKey?: string | undefined;
}

/** An audience by what makes it one. */
export interface AudienceQuery {
  integration: string;
  audience: string;
  attribute: string;
  identifier: IdentifierKind;
  limit: number;
}

/** Activations as the HTTP API sees them; it reaches no other workflow of the namespace. */
export interface ActivationRuns {
  start(request: StartRequest): Promise<Outcome<StartedActivation>>;
  view(workflowId: string): Promise<Outcome<ActivationView>>;
  /** Runs that got hold of the audience, newest first. */
  ofAudience(query: AudienceQuery): Promise<Outcome<ActivationListing[]>>;
  decide(
    workflowId: string,
    decision: 'approve' | 'reject',
    request: ApprovalDecision,
  ): Promise<Outcome<ActivationView>>;
  answer(
    workflowId: string,
    answer: 'confirm' | 'dispute',
    request: ConfirmationAnswer,
  ): Promise<Outcome<ConfirmationResult>>;
  hold(
    workflowId: string,
    order: 'pause' | 'resume',
    request: PauseRequest,
  ): Promise<Outcome<ActivationView>>;
  cancel(workflowId: string): Promise<Outcome<ActivationReference>>;
}
