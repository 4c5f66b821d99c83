import { type BrazeReply } from '../adapters/braze/connection';
import { type RequestBudget } from '../adapters/braze/budget';
import { type QueuedCall } from '../domain/stream/call-batches';
import { type CallEndpoint } from '../domain/stream/vocabulary';

/** A call on its way to Braze. */
export interface SendingCall extends QueuedCall {
  onUnknown: 'hold' | 'resend';
  /** Requests that it was in. */
  attempts: number;
  /** It is marked in the database as one that may have been sent. */
  isMarked: boolean;
  /** A request with it may have been applied: one of an earlier owner, or one whose answer left that open. */
  mayBeApplied: boolean;
}

/** How a call ended. `planned`: it was marked as started, and certainly was not applied. */
export type CallEnd =
  | { state: 'delivered' }
  | { state: 'refused'; reason: string }
  | { state: 'unknown'; reason: string }
  | { state: 'planned' };

/** The workspace, as it is at present. */
export interface BrazeDoor {
  objectsPerRequest: number;
  concurrency: number;
  /**
   * So long after its start a request is taken to have ended, whatever was heard of it: what Braze's side still carries out after
   * that, nobody here can know of.
   */
  requestTimeoutMs: number;
  budget: RequestBudget;
  send(endpoint: CallEndpoint, body: string): Promise<BrazeReply>;
}
