/** What a map holds under a name itself: names such as `constructor` are data and inherit nothing. */
export function ownValue<Value>(map: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** The map with one entry more, or another one; a computed name is data even if it is `__proto__`. */
export function withEntry<Value>(
  map: Readonly<Record<string, Value>>,
  name: string,
  value: Value,
): Record<string, Value> {
  return { ...map, [name]: value };
}
