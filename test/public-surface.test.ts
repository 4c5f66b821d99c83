import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** Every name that `import … from 'brazier'` offers, types included. */
async function exportedNames(): Promise<string[]> {
  const source = await readFile(join(ROOT, 'src', 'index.ts'), 'utf8');
  return [...source.matchAll(/export \{([^}]*)\}/g)]
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.replace('type ', '').trim())
    .filter(Boolean)
    .sort();
}

describe('the public surface', () => {
  it('is what test/public-surface.txt says: a change there belongs in the changelog', async () => {
    const recorded = await readFile(join(__dirname, 'public-surface.txt'), 'utf8');
    expect(await exportedNames()).toEqual(recorded.trim().split('\n'));
  });
});
