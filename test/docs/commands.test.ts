import { PassThrough } from 'node:stream';
import { type Command } from 'commander';
import { CommandHost } from '../../src/cli/host';
import { createProgram } from '../../src/cli/program';
import { pages, type Page } from './markdown-pages';

const program = createProgram(
  new CommandHost({
    env: {},
    stderr: new PassThrough(),
    print: () => undefined,
    tell: () => undefined,
    read: () => Promise.reject(new Error('nothing to read')),
    connect: () => Promise.reject(new Error('nothing to connect to')),
    onInterrupt: () => () => undefined,
    pollMs: 50,
  }),
);

/** Command lines of a page: in backticks, or at the beginning of a line. */
function commandLines({ text }: Page): string[] {
  const joined = text.replaceAll('\\\n', ' ');
  const inline = [...joined.matchAll(/`(?:brazier|node dist\/src\/cli\.js) ([a-z][^`\n]*)`/g)];
  const own = [...joined.matchAll(/^ *(?:\$ )?(?:brazier|node dist\/src\/cli\.js) ([a-z][^\n`#]*)/gm)];
  return [...inline, ...own].map(([, line = '']) => line);
}

/** What the program does not know of a command line; `approve|reject` stands for both. */
function unknown(line: string): string[] {
  const [first = '', ...rest] = line.split(/\s+/);
  return first.split('|').flatMap((word) => unknownIn(program, [word, ...rest]));
}

function unknownIn(parent: Command, [word = '', ...rest]: string[]): string[] {
  const command = parent.commands.find((one) => one.name() === word);
  if (!command) return [`no command "${word}"`];
  if (command.commands.length > 0) {
    return rest[0] === undefined || rest[0].startsWith('-') ? [] : unknownIn(command, rest);
  }
  const known = command.options.map(({ long }) => long);
  return rest
    .flatMap((part) => /^\[?(--[a-z-]+)/.exec(part)?.[1] ?? [])
    .filter((option) => option !== '--help' && !known.includes(option))
    .map((option) => `${word} has no ${option}`);
}

test('every command that the documentation names is a command of Brazier, with its options', () => {
  const found = pages().flatMap((page) => commandLines(page).map((line) => ({ path: page.path, line })));
  expect(found.length).toBeGreaterThan(60);
  const wrong = found.flatMap(({ path, line }) => unknown(line).map((what) => `${path}: ${line}: ${what}`));
  expect(wrong).toEqual([]);
});

test('what is no command, or no option, is seen', () => {
  expect(unknown('deploy')).toEqual(['no command "deploy"']);
  expect(unknown('schedule begin x')).toEqual(['no command "begin"']);
  expect(unknown('approve|reject ID --plan-hsh H')).toHaveLength(2);
});
