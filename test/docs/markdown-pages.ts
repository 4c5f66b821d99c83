import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where paths of pages begin. */
export const ROOT = join(__dirname, '../..');

/** A page of the documentation; `path` is relative to the repository. */
export interface Page {
  path: string;
  text: string;
}

/** One page. */
export function page(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** Every page that people read: the root's, and all below docs and examples. */
export function pages(): Page[] {
  const below = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return [...readdirSync(ROOT), ...below('docs'), ...below('examples')]
    .filter((path) => path.endsWith('.md'))
    .map(page);
}

/** A page without its blocks of code. */
export function prose({ text }: Page): string {
  return text.replace(/^```[\s\S]*?^```/gm, '');
}

/** The anchors that GitHub makes of a page's headings. */
export function anchors(from: Page): Set<string> {
  const headings = [...prose(from).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}
