/** Objects and lists in one another that an input may have; the deepest one that means something has a handful. */
export const MOST_LEVELS = 64;

/** Whether a value holds objects or lists in more levels than that. Looks no deeper, so that no input exhausts the stack. */
export function isNestedTooDeep(value: unknown, levels = MOST_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((held) => isNestedTooDeep(held, levels - 1));
}
