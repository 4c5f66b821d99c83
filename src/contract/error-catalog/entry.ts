import { type Actor } from '../integration';

/** One entry of the error catalog. */
export interface ErrorEntry {
  actor: Actor;
  retryable: boolean;
  /** What it means and what to do, for people. */
  help: string;
}

/** Makes an entry. */
export function entry(actor: Actor, retryable: boolean, help: string): ErrorEntry {
  return { actor, retryable, help };
}
