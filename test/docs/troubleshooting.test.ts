import { ERROR_CATALOG } from '../../src/contract/errors';
import { anchors, page } from './markdown-pages';

const troubleshooting = page('docs/troubleshooting.md');
/** Words in the form of a code that are names of something else. */
const NO_CODES = ['WORKFLOW_ID', 'PUT', 'GET', 'LIST'];

test('every code of docs/troubleshooting.md is one of the catalog', () => {
  const named = [...troubleshooting.text.matchAll(/(?<![A-Z_`$.])`?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`?/g)]
    .map(([, code = '']) => code)
    .filter((code) => !NO_CODES.includes(code) && !/^(BRAZIER|TEMPORAL_(?!UNAVAILABLE))/.test(code));
  expect(new Set(named).size).toBeGreaterThan(35);
  expect(named.filter((code) => !(code in ERROR_CATALOG))).toEqual([]);
});

test('at least 25 codes have a paragraph of their own, and every heading in capitals is a code', () => {
  const headings = [...troubleshooting.text.matchAll(/^### (\w+)$/gm)].map(([, code = '']) => code);
  expect(headings.length).toBeGreaterThanOrEqual(25);
  expect(headings.filter((code) => !(code in ERROR_CATALOG))).toEqual([]);
  expect(new Set(headings).size).toBe(headings.length);
  for (const code of headings) expect(anchors(troubleshooting)).toContain(code.toLowerCase());
});
