import { settingsSchema } from '../../src/config/settings-schema';
import { page, pages } from './markdown-pages';

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
  expect(named.filter((name) => !(name in settingsSchema.shape) && !NO_SETTINGS.includes(name))).toEqual([]);
});
