import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderErrorDocs } from '../../scripts/generate-error-docs';
import { ERROR_CATALOG } from '../../src/contract/errors';

test('docs/errors.md is what the catalog says', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'errors.md'), 'utf8');
  expect(page).toBe(renderErrorDocs());
});

test('every code has exactly one heading', () => {
  const headings = [...renderErrorDocs().matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
  expect(headings.sort()).toEqual(Object.keys(ERROR_CATALOG).sort());
});
