import { AsyncLocalStorage } from 'node:async_hooks';

/** Whose work an activity does; nothing else of its input is for logs or figures. */
export interface ActivityScope {
  integration?: string | undefined;
  /** Key of the audience: a hash, where the name may tell outsiders more than they should know. */
  audience?: string | undefined;
}

/** What is called within an activity can ask on whose behalf that is. */
export type ActivityScopes = AsyncLocalStorage<ActivityScope>;

/** A storage of scopes, one for each process. */
export function createActivityScopes(): ActivityScopes {
  return new AsyncLocalStorage<ActivityScope>();
}

/** Finds integration and audience in an activity's single argument, in the places where inputs carry them. */
export function scopeOf(argument: unknown): ActivityScope {
  const outer = fieldsOf(argument);
  const places = ['activation', 'request', 'status', 'result', 'settings'].map((name) =>
    fieldsOf(outer[name]),
  );
  const first = (name: string) =>
    [outer, ...places].map((fields) => fields[name]).find((value) => typeof value === 'string');
  const [integration, audience] = [first('integration'), first('audienceKey')];
  return {
    ...(typeof integration === 'string' ? { integration } : {}),
    ...(typeof audience === 'string' ? { audience } : {}),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
