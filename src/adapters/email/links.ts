import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { fault, success, type Outcome } from '../../contract/errors';
import { runTokenFrom } from '../../domain/run-token';

/** What a confirmation link says: which run, which data, who is asked, until when. */
export interface LinkClaims {
  workflowId: string;
  runId: string;
  /** Place in the list of recipients, from 0, and the address that the link was sent to. */
  recipient: { index: number; email: string };
  generation: number;
  planHash: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Makes the links and run tokens of one deployment. */
export interface ConfirmationLinks {
  linkFor(claims: LinkClaims): string;
  /** What a mail has to contain to confirm this run; keyed, hence not to be guessed from the run's ids. */
  runToken(workflowId: string, runId: string): string;
}

/** The secret that signs links is too short to resist guessing. */
export class LinkSecretTooShortError extends Error {
  override readonly name = 'LinkSecretTooShortError';
  constructor() {
    super(`the link secret needs at least ${MIN_SECRET_LENGTH} characters`);
  }
}

const MIN_SECRET_LENGTH = 32;
/** Keeps signatures for one purpose from being valid for another under the same secret. */
const LINK_PURPOSE = 'brazier confirmation link v1';
const RUN_PURPOSE = 'brazier run token v1';

const claimsSchema = z.strictObject({
  workflowId: z.string().min(1),
  runId: z.string().min(1),
  recipient: z.strictObject({ index: z.int().min(0), email: z.string().min(1) }),
  generation: z.int().min(0),
  planHash: z.string(),
  expiresAt: z.int(),
});

/** Signs the claims; the token is safe in a URL. Single use is not the link's: the run remembers its first answer. */
export function signLink(secret: string, claims: LinkClaims): string {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${payload}.${signature(secret, LINK_PURPOSE, payload).toString('base64url')}`;
}

/** The claims of a token that this secret signed and that has not expired. */
export function readLink(secret: string, token: string, nowMs: number): Outcome<LinkClaims> {
  const [payload, signed, ...rest] = token.split('.');
  if (payload === undefined || signed === undefined || rest.length > 0) return invalid();
  if (!isEqual(signed, signature(secret, LINK_PURPOSE, payload).toString('base64url'))) return invalid();
  const claims = claimsSchema.safeParse(parseJson(Buffer.from(payload, 'base64url').toString()));
  if (!claims.success) return invalid();
  if (nowMs >= claims.data.expiresAt) {
    return fault('LINK_EXPIRED', `The link expired on ${new Date(claims.data.expiresAt).toUTCString()}.`);
  }
  return success(claims.data);
}

/** Links below the gateway's public address. */
export function createConfirmationLinks(options: { secret: string; gatewayUrl: string }): ConfirmationLinks {
  if (options.secret.length < MIN_SECRET_LENGTH) throw new LinkSecretTooShortError();
  const base = options.gatewayUrl.replace(/\/+$/, '');
  return {
    linkFor: (claims) => `${base}/confirm/${signLink(options.secret, claims)}`,
    runToken: (workflowId, runId) =>
      runTokenFrom(
        signature(options.secret, RUN_PURPOSE, JSON.stringify([workflowId, runId])).toString('hex'),
      ),
  };
}

function signature(secret: string, purpose: string, text: string): Buffer {
  if (secret.length < MIN_SECRET_LENGTH) throw new LinkSecretTooShortError();
  return createHmac('sha256', secret).update(`${purpose}\n${text}`).digest();
}

/** Compared as text, so that no second spelling of the same signature bytes is taken. */
function isEqual(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Signed by us yet no JSON cannot happen; the schema refuses `undefined` all the same.
    return undefined;
  }
}

function invalid(): Outcome<never> {
  return fault('LINK_INVALID', 'The link was altered, cut off, or made by another deployment.');
}
