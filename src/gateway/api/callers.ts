import { type ApiPermission } from '../../contract/http-api';
import { isBearer } from '../bearer';

/** Somebody who holds a key of the API. */
export interface ApiCaller {
  /** What runs record, as `api:<name>`. */
  name: string;
  key: string;
  permissions: readonly ApiPermission[];
}

/** Whose key an Authorization header carries. Every key is compared, so the time tells nothing about any. */
export function callerOf(
  callers: readonly ApiCaller[],
  authorization: string | undefined,
): ApiCaller | undefined {
  const [caller] = callers.filter(({ key }) => isBearer(authorization, key));
  return caller;
}

/** What is recorded as the one who decided: the person if one is named, and always the caller. */
export function recordedAs(caller: string, person: string | undefined): string {
  return person === undefined ? `api:${caller}` : `${person} via ${caller}`;
}
