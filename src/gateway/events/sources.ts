import { isBearer } from '../bearer';

/** Whoever posts events of an integration. */
export interface EventSource {
  /** Event ids are unique within it. */
  name: string;
  integration: string;
  key: string;
}

/** Whose key an Authorization header carries. Every key is compared, so the time tells nothing about any. */
export function sourceOf(
  sources: readonly EventSource[],
  authorization: string | undefined,
): EventSource | undefined {
  const [source] = sources.filter(({ key }) => isBearer(authorization, key));
  return source;
}
