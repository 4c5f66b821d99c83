import { looksSecret } from '../../domain/secret-looks';
import { isSecretReference } from './secret-reference';

/** Fields that people invent for a key; a text in or under one of them is taken for the key. */
const SECRET_FIELD =
  /(api|rest|access|private|account|shared)[_-]?key|secret|token|passw|pwd|credential|bearer|authori[sz]ation|^(key|auth)$/i;

/** Whether a text stands where a secret's reference should, or would. */
export function isClearText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && !isSecretReference(value);
}

/** Whether a field that no schema knows holds a secret, by its own name or by that of a field around or under it. */
export function holdsSecret(name: string, value: unknown, isUnderSecret = false): boolean {
  const isSecret = isUnderSecret || SECRET_FIELD.test(name);
  if (typeof value !== 'object' || value === null) return isSecret && isClearText(value);
  return Object.entries(value).some(([inner, held]) => holdsSecret(inner, held, isSecret));
}

/** Paths of all texts that are secrets by their look. */
export function findSecretTexts(value: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] {
  if (typeof value === 'string') return looksSecret(value) ? [[...path]] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) =>
    findSecretTexts(held, [...path, Array.isArray(value) ? Number(name) : name]),
  );
}
