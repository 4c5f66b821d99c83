import { PassThrough } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { runCli } from '../../src/cli/program';
import { success } from '../../src/contract/errors';
import { type TestStack } from './test-stack';

/** Runs a command line against a stack; `files` are what it may read. */
export async function runCommand(
  { stack }: TestStack,
  args: readonly string[],
  files: Readonly<Record<string, unknown>> = {},
): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const code = await runCli(args, {
    env: stack.env,
    stderr: new PassThrough(),
    print: (line) => out.push(line),
    tell: (line) => out.push(line),
    read: (path) =>
      path in files ? Promise.resolve(JSON.stringify(files[path])) : Promise.reject(new Error(`no ${path}`)),
    connect: async () => {
      const { address, namespace } = stack.temporal;
      const connection = await Connection.connect({ address });
      return success({ connection, client: new Client({ connection, namespace }) });
    },
    onInterrupt: () => () => undefined,
    pollMs: 50,
  });
  return { code, out: out.join('\n') };
}
