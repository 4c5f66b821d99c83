import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsSchema } from '../../src/config/settings-schema';
import { page, pages, ROOT } from './markdown-pages';

/** Of Compose, and of the scripts that prepare a clone. */
const NO_SETTINGS = ['BRAZIER_IMAGE', 'BRAZIER_CACHE_DIR'];

test('docs/operating.md tells of every setting, and of none that does not exist', () => {
  const { text } = page('docs/operating.md');
  const rows = [...text.matchAll(/^\| (`BRAZIER_[^|]*)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(BRAZIER_\w+)`/g)].map(([, name]) => name),
  );
  expect(rows.sort()).toEqual(Object.keys(settingsSchema.shape).sort());
});

test('every setting that pages name exists', () => {
  const named = pages().flatMap(({ text }) =>
    [...text.matchAll(/\bBRAZIER_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_…])/g)].map(([name]) => name),
  );
  expect(new Set(named).size).toBeGreaterThan(30);
  const others = [...NO_SETTINGS, ...devVariables()];
  expect(named.filter((name) => !(name in settingsSchema.shape) && !others.includes(name))).toEqual([]);
});

/** What `brazier dev` writes for other shells. */
function devVariables(): string[] {
  const written = ['src/dev/dev-stack.ts', 'src/cli/dev-files.ts'].map((path) =>
    readFileSync(join(ROOT, path), 'utf8'),
  );
  const found = [...written.join('').matchAll(/^ +(BRAZIER_DEV_[A-Z0-9_]+):/gm)];
  return found.map(([, name = '']) => name);
}
