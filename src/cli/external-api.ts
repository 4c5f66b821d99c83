import { type Command } from 'commander';
import { type Registry } from '../adapters/postgres/registry';
import { type ExternalApiTestHandle } from '../client/external-api-tests';
import { ERROR_CATALOG, EXIT_CODES, isErrorCode } from '../contract/errors';
import {
  type ExternalApiVersion,
  type TestExternalApiInput,
  type TestExternalApiResult,
  type Verdict,
} from '../contract/external-api';
import { parseExternalApi, parseExternalApiTest } from '../contract/schemas/external-api';
import { openRegistry } from '../process/open-registry';
import { given, isObject, refuseBadInput } from './activation-input';
import { unwrap } from './cli-error';
import { formatApi, formatApiTest } from './external-api-format';
import {
  endOrInterrupt,
  finish,
  reportError,
  type CommandHost,
  type CommonOptions,
  type Connected,
} from './host';
import { shellWord } from './next-steps';
import { personName, wholeNumber } from './option-values';
import { formatTable } from './table';

interface SaveOptions extends CommonOptions {
  file: string;
  by: string;
}

interface TestOptions extends CommonOptions {
  integration?: string;
  version?: number;
  values?: string;
  acceptAnswerOnlyBy?: string;
  file?: string;
}

interface ShowOptions extends CommonOptions {
  version?: number;
}

/** `brazier external-api`: what engagements call in Braze, its versions and its tests. */
export function addExternalApi(program: Command, host: CommandHost): void {
  const group = program
    .command('external-api')
    .description('External APIs: calls of Braze with parameters, in versions that never change.');
  addSave(group, host);
  const list = group.command('list').description('List all External APIs with their latest versions.');
  finish(list, ['brazier external-api list', 'brazier external-api list --json']).action(
    (options: CommonOptions) =>
      host.run(options, () => withRegistry(host, (registry) => listAll(host, registry, options))),
  );
  const show = group
    .command('show')
    .description('Show one version of an External API and what its tests have shown.')
    .argument('<name>', 'its name')
    .option('--version <number>', 'version (default: the latest)', wholeNumber(1, 1_000_000));
  finish(show, [
    'brazier external-api show lead-profile',
    'brazier external-api show lead-profile --version 2',
  ]).action((name: string, options: ShowOptions) =>
    host.run(options, () => withRegistry(host, (registry) => showOne(host, registry, name, options))),
  );
  addTest(group, host);
}

function addSave(group: Command, host: CommandHost): void {
  const save = group
    .command('save')
    .description('Save an External API; a change makes a new version, which is untested.')
    .requiredOption('--file <path>', 'definition as JSON; - reads standard input')
    .requiredOption('--by <name>', 'who saves it', personName);
  finish(save, [
    'brazier external-api save --file lead-profile.json --by "Ada Example"',
    'cat lead-profile.json | brazier external-api save --file - --by "Ada Example" --json',
  ]).action((options: SaveOptions) =>
    host.run(options, async () => {
      const definition = unwrap(parseExternalApi(await host.readJson(options.file)));
      const saved = await withRegistry(host, (registry) => registry.saveExternalApi(definition, options.by));
      const { version, digest } = unwrap(saved);
      host.io.print(
        options.json
          ? JSON.stringify({ name: definition.name, version, digest })
          : `External API "${definition.name}" is saved as version ${version}. Test it: brazier external-api test ${definition.name} --integration NAME --version ${version} --values values.json`,
      );
      return EXIT_CODES.ok;
    }),
  );
}

function addTest(group: Command, host: CommandHost): void {
  const test = group
    .command('test')
    .description('Try an External API on a test person: send one call, read the profile back, undo it.')
    .argument('[name]', 'a saved External API')
    .option('--integration <name>', 'integration to test on; with --file in place of the file’s')
    .option('--version <number>', 'version (default: the latest)', wholeNumber(1, 1_000_000))
    .option('--values <path>', 'values of its parameters, of a test person, as JSON; - reads standard input')
    .option('--accept-answer-only-by <name>', 'who accepts that Braze’s answer alone is judged', personName)
    .option('--file <path>', 'whole input of testExternalApi as JSON; - reads standard input');
  finish(test, [
    'brazier external-api test lead-profile --integration shop --values values.json',
    'brazier external-api test lead-profile --integration shop --version 2 --values values.json --json',
    'brazier external-api test --file lead-test.json',
  ]).action((name: string | undefined, options: TestOptions) => {
    if ((name === undefined) === (options.file === undefined))
      test.error('error: name a saved External API, or give --file');
    if (options.file !== undefined && (options.values !== undefined || options.version !== undefined))
      test.error('error: --values and --version belong to a saved External API; a file has its own');
    if (name !== undefined && options.integration === undefined)
      test.error('error: name the integration to test on: --integration <name>');
    return host.run(options, async () => {
      const input = await testInput(host, name, options);
      refuseBadInput(parseExternalApiTest(input), input);
      return host.connected(async ({ brazier, temporal }) => {
        // Checked above; the workflow fills in the defaults itself.
        const run = await brazier.externalApiTests.start(input as TestExternalApiInput);
        return follow(host, temporal, run, options);
      });
    });
  });
}

async function testInput(
  host: CommandHost,
  name: string | undefined,
  { file, values, version, integration, acceptAnswerOnlyBy: by }: TestOptions,
): Promise<unknown> {
  const acceptAnswerOnly = by === undefined ? undefined : { by };
  if (file === undefined) {
    const read = values === undefined ? undefined : await host.readJson(values);
    return given({ integration, externalApi: name, version, values: read, acceptAnswerOnly });
  }
  const content = await host.readJson(file);
  return isObject(content) ? { ...content, ...given({ integration, acceptAnswerOnly }) } : content;
}

/** Waits for what the test shows, unless the person who watches has had enough before. */
async function follow(
  host: CommandHost,
  temporal: Connected['temporal'],
  run: ExternalApiTestHandle,
  options: CommonOptions,
): Promise<number> {
  const { io } = host;
  const { workflowId } = run;
  const interrupted = host.interrupted();
  io.tell(`run ${workflowId}`);
  const shown = await endOrInterrupt(temporal, () => run.result(), interrupted);
  if (shown) return tellTest(host, options, shown);
  const id = shellWord(workflowId);
  io.tell(`The test goes on without this command, as ${id}. End it: brazier cancel ${id}`);
  if (options.json) io.print(JSON.stringify({ workflowId, detached: true }));
  return EXIT_CODES.ok;
}

function tellTest(host: CommandHost, options: CommonOptions, result: TestExternalApiResult): number {
  const { problem } = result;
  const lines = options.json ? [JSON.stringify(result)] : formatApiTest(result);
  if (problem === undefined || !isErrorCode(problem.code)) {
    for (const line of lines) host.io.print(line);
    return EXIT_CODES.ok;
  }
  const { actor, help } = ERROR_CATALOG[problem.code];
  const error = { ...problem, actor, help, exitCode: EXIT_CODES[actor] };
  if (!options.json) for (const line of lines) host.io.print(line);
  return reportError(host.io, options, error, { test: result });
}

async function withRegistry<T>(host: CommandHost, work: (registry: Registry) => Promise<T>): Promise<T> {
  const { registry, close } = unwrap(await openRegistry(host.io.env));
  try {
    return await work(registry);
  } finally {
    await close();
  }
}

async function listAll(host: CommandHost, registry: Registry, { json }: CommonOptions): Promise<number> {
  const all = unwrap(await registry.listExternalApis());
  if (json) for (const api of all) host.io.print(JSON.stringify(api));
  if (json) return EXIT_CODES.ok;
  const lines = formatTable(
    [
      { title: 'NAME', of: ({ name }) => name },
      { title: 'LATEST VERSION', of: ({ latestVersion }) => latestVersion },
    ],
    all,
  );
  for (const line of all.length === 0
    ? ['No External API is saved yet: brazier external-api save --help']
    : lines)
    host.io.print(line);
  return EXIT_CODES.ok;
}

async function showOne(
  host: CommandHost,
  registry: Registry,
  name: string,
  { version, json }: ShowOptions,
): Promise<number> {
  const saved: ExternalApiVersion = unwrap(await registry.externalApiVersion(name, version));
  const all = unwrap(await registry.listVerdicts(name));
  const verdicts: Verdict[] = all.filter((verdict) => verdict.version === saved.version);
  for (const line of json ? [JSON.stringify({ ...saved, verdicts })] : formatApi(saved, verdicts))
    host.io.print(line);
  return EXIT_CODES.ok;
}
