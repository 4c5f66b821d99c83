import { isJsonObject } from './call-identifier';
import { type SecretHole } from './render-call';
import { type JsonObject, type JsonValue } from './vocabulary';

/**
 * The body with its secrets in place, for the moment of sending and for nothing else. What is given stays as it is; undefined
 * if a secret is not among the resolved ones or its place is not there.
 */
export function fillSecrets(
  body: JsonObject,
  secrets: readonly SecretHole[],
  resolved: ReadonlyMap<string, string>,
): JsonObject | undefined {
  let filled: JsonValue | undefined = body;
  for (const { pointer, reference } of secrets) {
    const secret = resolved.get(reference);
    if (secret === undefined || filled === undefined) return undefined;
    filled = replaceAt(filled, pointer.split('/').slice(1).map(unescapePointer), secret);
  }
  return isJsonObject(filled) ? filled : undefined;
}

function replaceAt(value: JsonValue, path: readonly string[], secret: string): JsonValue | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return secret;
  if (Array.isArray(value)) {
    const at = Number(part);
    const held = value[at];
    const replaced = held === undefined ? undefined : replaceAt(held, rest, secret);
    return replaced === undefined ? undefined : value.with(at, replaced);
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
  const replaced = replaceAt(value[part] ?? null, rest, secret);
  return replaced === undefined ? undefined : { ...value, [part]: replaced };
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
