import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeEnvFile } from './dev-files';
import { firstRunLines } from './dev-first-run';
import { devEventSources } from './dev-sources';

const run = promisify(execFile);
const OWN = 'web:acme=env:BRAZIER_DEV_EVENT_KEY';

describe('the sources of events that dev gives its gateway', () => {
  it('are its own where the environment names none', () => {
    expect(devEventSources({})).toEqual({ ok: true, value: { BRAZIER_EVENT_SOURCES: OWN } });
  });

  it('are those of the environment as well, with their keys', () => {
    const given = 'app:shop=env:APP_KEY, till:shop=file:/run/till';
    expect(devEventSources({ BRAZIER_EVENT_SOURCES: given, APP_KEY: 'k', OTHER: 'x' })).toEqual({
      ok: true,
      value: { APP_KEY: 'k', BRAZIER_EVENT_SOURCES: `app:shop=env:APP_KEY,till:shop=file:/run/till,${OWN}` },
    });
  });

  it('keep the stack’s own key in a shell that has taken dev.env', () => {
    expect(
      devEventSources({ BRAZIER_EVENT_SOURCES: OWN, BRAZIER_DEV_EVENT_KEY: 'of another stack' }),
    ).toEqual({ ok: true, value: { BRAZIER_EVENT_SOURCES: OWN } });
  });

  it('may be the environment’s for dev’s own source', () => {
    const given = 'web:acme=env:MINE';
    expect(devEventSources({ BRAZIER_EVENT_SOURCES: given, MINE: 'k' })).toEqual({
      ok: true,
      value: { MINE: 'k', BRAZIER_EVENT_SOURCES: given },
    });
  });

  it('are refused before anything starts where one cannot be read or has no key, without repeating it', () => {
    const pasted = devEventSources({ BRAZIER_EVENT_SOURCES: 'web:acme=hush-0123456789' });
    expect(pasted).toMatchObject({ ok: false, fault: { code: 'INPUT_INVALID' } });
    expect(JSON.stringify(pasted)).not.toContain('hush');
    expect(devEventSources({ BRAZIER_EVENT_SOURCES: 'app:shop=env:APP_KEY' })).toMatchObject({
      ok: false,
      fault: { message: 'BRAZIER_EVENT_SOURCES names env:APP_KEY, which is not set in this shell.' },
    });
  });
});

it('a shell that takes the file has the environment and the command, and nobody else can read it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'brazier dev-'));
  const file = join(dir, 'dev.env');
  const cli = join(dir, 'cli.js');
  await writeFile(file, 'open to all before', { mode: 0o644 });
  await writeFile(cli, 'console.log(process.argv.slice(2), process.env.GREETING)');
  await writeEnvFile(file, { GREETING: "it's $HOME" }, cli);
  const { stdout } = await run('sh', ['-c', '. "$0" && brazier runs "a b"', file]);
  expect(stdout).toBe(`[ 'runs', 'a b' ] it's $HOME\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await rm(dir, { recursive: true });
});

it('the examples of a first run are named so that they are found from where dev was started', () => {
  expect(firstRunLines('/s/dev.env', '/co', '/co').join('\n')).toContain('--file examples/segment.json');
  expect(firstRunLines('/s/dev.env', '/co', '/').join('\n')).toContain('--file co/examples/segment.json');
  expect(firstRunLines('/s/dev.env', '/co', '/else').join('\n')).toContain(
    '--file /co/examples/segment.json',
  );
});
