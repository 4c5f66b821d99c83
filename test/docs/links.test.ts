import { existsSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { anchors, page, pages, prose, ROOT, type Page } from './markdown-pages';

/** Targets of a page's links that lie in the repository. */
function links(from: Page): string[] {
  return [...prose(from).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** What is wrong with a link, if something is. */
function problem(from: Page, target: string): string | undefined {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from.path : normalize(join(from.path, '..', file));
  if (!existsSync(join(ROOT, path))) return `${from.path}: ${path} is not there`;
  if (anchor === undefined || anchors(page(path)).has(anchor)) return undefined;
  return `${from.path}: ${path} has no heading for #${anchor}`;
}

test('every link between pages leads somewhere', () => {
  const found = pages().flatMap((from) => links(from).map((target) => ({ from, target })));
  expect(found.length).toBeGreaterThan(120);
  expect(found.flatMap(({ from, target }) => problem(from, target) ?? [])).toEqual([]);
});

test('a link to nowhere is seen', () => {
  const from = page('docs/inputs.md');
  expect(problem(from, 'nowhere.md')).toMatch(/is not there/);
  expect(problem(from, 'errors.md#nothing')).toMatch(/no heading/);
  expect(problem(from, '#activateaudience')).toBeUndefined();
});

test('every page of docs can be reached from the README', () => {
  const readme = page('README.md');
  const reached = new Set(links(readme).map((target) => target.split('#', 1)[0]));
  const own = pages().filter(({ path }) => /^docs\/[^/]+$/.test(path));
  expect(own.filter(({ path }) => !reached.has(path)).map(({ path }) => path)).toEqual([]);
});
