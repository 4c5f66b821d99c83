import { type z } from 'zod';
import { type ApiPermission } from '../../contract/http-api';
import { type ApiSchemaName } from '../../contract/schemas/http-api';

/** One operation of the API, as routes are made from it and as it is described to callers. */
export interface ApiOperation {
  method: 'GET' | 'POST';
  /** Below `/v1`; what stands in braces is URL-encoded by the caller, slashes included. */
  path: string;
  permission: ApiPermission;
  summary: string;
  description?: string;
  /** Parameters of the query. */
  query?: { readonly shape: Readonly<Record<string, z.ZodType>> };
  body?: ApiSchemaName;
  /** None is needed: only a person could stand in it. */
  isBodyOptional?: boolean;
  /** In KiB, where it may be larger than a page of fields. */
  largestBodyKiB?: number;
  /** Starts a workflow: takes an Idempotency-Key and answers with a Location. */
  startsRun?: boolean;
  success: { status: 200 | 202; schema: ApiSchemaName; description: string };
  /** Refusals beyond those of every operation. */
  refusals: Readonly<Partial<Record<400 | 404 | 409 | 422, string>>>;
}

/** What is said where no integration has the name. */
export const NO_INTEGRATION = 'There is no such integration.';
/** What is said of a body that is refused. */
export const BAD_BODY = 'The body is not as described; fields names what has to change.';
/** What is said of a query that is refused. */
export const BAD_QUERY = 'A parameter is missing or wrong.';
/** What is said of an Idempotency-Key that was used before. */
export const KEY_REUSED = 'The Idempotency-Key was used for another request.';
