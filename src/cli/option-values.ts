import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers within bounds. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A duration such as `90s`, `15m`, `6h` or `2d`, in seconds. */
export function duration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? NaN);
  if (Number.isSafeInteger(seconds)) return seconds;
  throw new InvalidArgumentError('It must be a whole number with a unit: 90s, 15m, 6h or 2d.');
}

/** A moment that names its zone, since a machine's own zone is nothing that a schedule knows. */
export function moment(text: string): Date {
  const at = new Date(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError('It must be a moment such as 2026-11-22T05:00:00Z.');
}

/** A name that is not blank: every decision has an author. */
export function personName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= 255) return name;
  throw new InvalidArgumentError('It must be a name of 1 to 255 characters.');
}

/** A comma-separated list. */
export function commaList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.every((item) => item !== '')) return items;
  throw new InvalidArgumentError('It must be a list separated by commas.');
}

/** The fields that were given; an option left out must not stand there as `undefined`. */
export function givenFields<T extends object>(fields: { [K in keyof T]?: T[K] | undefined }): Partial<T> {
  // What is left has no undefined field, which Object.fromEntries cannot say.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
