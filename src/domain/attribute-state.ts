/** An attribute as Braze's registry describes it, in Braze's words. */
export interface RegisteredAttribute {
  dataType: string;
  arrayLength?: number | undefined;
  status: string;
}

/** Whether audiences can live in an attribute. `cap` is how many values an array keeps, where Braze says so. */
export type AttributeState =
  { kind: 'absent' } | { kind: 'array'; cap?: number | undefined } | { kind: 'unusable'; reason: string };

/**
 * Judges an attribute; an absent one is made by its first write. Writes to a blocklisted one are ignored without an error.
 * https://www.braze.com/docs/user_guide/data/custom_data/managing_custom_data/ (read 2026-11-21)
 */
export function judgeAttribute(attribute: RegisteredAttribute | undefined): AttributeState {
  if (attribute === undefined) return { kind: 'absent' };
  const { dataType, arrayLength, status } = attribute;
  if (/block|black|trash|delet/i.test(status)) return { kind: 'unusable', reason: `its status is ${status}` };
  // Braze adds how it knows, e.g. "Array (Automatically Detected)"; an array of objects is another type.
  if (!/^array\b/i.test(dataType) || /object/i.test(dataType)) {
    return { kind: 'unusable', reason: `its type is ${dataType}, not array` };
  }
  return { kind: 'array', cap: arrayLength };
}
