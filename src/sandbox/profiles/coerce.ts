import { type AttributeDataType } from '../settings';

/**
 * A scalar written to an attribute whose type was set by hand: coerced if it can be, else undefined, which means ignored
 * (https://www.braze.com/docs/user_guide/data/custom_data/managing_custom_data, read 2026-11-21).
 */
export function coerce(value: unknown, dataType: AttributeDataType): unknown {
  switch (dataType) {
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'number':
      return toNumber(value);
    case 'boolean':
      return toBoolean(value);
    case 'date':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
    case 'array':
    case 'object':
    case 'object_array':
      return undefined;
  }
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = String(value).toLowerCase();
  if (['true', 't', 'yes', 'y', '1'].includes(word)) return true;
  if (['false', 'f', 'no', 'n', '0'].includes(word)) return false;
  return undefined;
}
