import { number } from '../describe-run';

/** What can be told of an import that has ended. */
export interface ImportFacts {
  source: string;
  rows: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  reasons: readonly { reason: string; rows: number; firstRows: readonly number[] }[];
  rejectedKey?: string | undefined;
}

/** Lines about an import that has ended, for people. */
export function describeImport(facts: ImportFacts): string[] {
  const { source, rows, accepted, duplicates, rejected, reasons, rejectedKey } = facts;
  return [
    `${source}: ${number(rows)} rows, ${number(accepted)} accepted, ${number(duplicates)} known already, ${number(rejected)} rejected`,
    ...reasons.map(
      ({ reason, rows: count, firstRows }) => `${number(count)} × ${reason} (rows ${firstRows.join(', ')})`,
    ),
    ...(rejectedKey === undefined ? [] : [`all of them: ${rejectedKey} in the state bucket`]),
  ];
}
