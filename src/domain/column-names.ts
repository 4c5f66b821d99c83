/** Words that columns of people are named with. A name made of these only cannot be somebody's identifier. */
const USUAL_WORDS = new Set(
  (
    'account active address age alias amount at audience birthday braze city client code consent contact country created ' +
    'crm customer data date day e email external first full gender group hash id identifier key label language last level ' +
    'list loyalty mail member mobile modified name note number of order phone points profile row score segment source ' +
    'state status store tier time timestamp type updated user username uuid value vip zip'
  ).split(' '),
);

/**
 * Says which columns a source has, where that cannot tell anything about a person: a file without a header row has its first
 * member where the names should be, so other names are counted and not repeated.
 */
export function describeColumns(columns: readonly string[], wanted: string): string {
  const shown = columns.filter((column) => plain(column) === plain(wanted) || isUsual(column));
  const hidden = columns.length - shown.length;
  const names = shown.map((column) => `"${column}"`).join(', ');
  if (hidden === 0) return `Columns: ${names}`;
  const others = `${hidden} whose names are not repeated here, since they may be a first row of data`;
  return `Columns: ${names === '' ? '' : `${names}, and `}${others}`;
}

function isUsual(column: string): boolean {
  const words = column.replaceAll(/([a-z])([A-Z])/g, '$1 $2').split(/[\s_.-]+/);
  return words.every((word) => USUAL_WORDS.has(word.toLowerCase()));
}

/** Spelling styles are no difference: `External ID` is `external_id`. */
function plain(column: string): string {
  return column.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
