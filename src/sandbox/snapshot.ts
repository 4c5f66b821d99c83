import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { parseJson } from './json-values';
import { loadProfileLine, readLines, stateLine, writeLines } from './profiles/profile-lines';
import { type SandboxOptions } from './settings';
import { Workspace } from './workspace';

const headerSchema = z.object({
  sandboxState: z.literal(1),
  seed: z.number(),
  profiles: z.number(),
  attributes: z.array(
    z.object({
      name: z.string(),
      dataType: z.enum(['string', 'number', 'boolean', 'date', 'array', 'object', 'object_array']),
      arrayLength: z.number(),
      status: z.enum(['Active', 'Blocklisted']),
      description: z.string().nullable(),
      tagNames: z.array(z.string()),
      forced: z.boolean(),
    }),
  ),
  segments: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      description: z.string(),
      tags: z.array(z.string()),
      createdAt: z.string(),
      updatedAt: z.string(),
      analyticsTrackingEnabled: z.boolean(),
      archived: z.boolean(),
      predicate: z
        .object({ attribute: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })
        .exactOptional(),
    }),
  ),
});

/** The state file can't be used; it is left as it is, for a person to look at or to remove. */
export class SandboxStateError extends Error {
  constructor(path: string, problem: string) {
    super(`The sandbox state in ${path} can't be loaded: ${problem}`);
    this.name = 'SandboxStateError';
  }
}

/** The workspace as the state file has it, or a new one; what the options say about attributes and segments comes last. */
export async function loadWorkspace(options: SandboxOptions): Promise<Workspace> {
  const workspace =
    options.statePath !== undefined && (await exists(options.statePath))
      ? await readState(options, options.statePath)
      : new Workspace(options);
  for (const attribute of options.attributes ?? []) workspace.registry.put(attribute);
  for (const segment of options.segments ?? []) workspace.segments.put(segment);
  return workspace;
}

async function readState(options: SandboxOptions, path: string): Promise<Workspace> {
  let workspace: Workspace | undefined;
  let expected = 0;
  for await (const line of readLines(createReadStream(path))) {
    if (workspace === undefined) {
      const parsed = parseJson(line);
      const header = headerSchema.safeParse(parsed.ok ? parsed.value : undefined);
      if (!header.success)
        throw new SandboxStateError(path, 'its first line is not a header of this version');
      workspace = new Workspace(options, header.data.seed);
      expected = header.data.profiles;
      for (const { description, ...attribute } of header.data.attributes) {
        workspace.registry.put({ ...attribute, ...(description === null ? {} : { description }) });
      }
      for (const segment of header.data.segments) workspace.segments.put(segment);
    } else if (loadProfileLine(line, workspace) === null) {
      throw new SandboxStateError(path, `profile ${workspace.profiles.size + 1} is not a JSON object`);
    }
  }
  if (workspace === undefined) throw new SandboxStateError(path, 'it is empty');
  if (workspace.profiles.size < expected) {
    throw new SandboxStateError(path, `it holds ${workspace.profiles.size} of ${expected} profiles`);
  }
  return workspace;
}

/**
 * Writes the state beside the old one and puts it in its place in one step, so a crash leaves the old or the new, never
 * half. Profiles that change while it is written may be in it before or after their change: each by itself is whole.
 */
export async function writeState(workspace: Workspace, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp`;
  const file = createWriteStream(temporary, { flush: true });
  await writeLines(stateLines(workspace), file);
  await rename(temporary, path);
  const folder = await open(dirname(path));
  await folder.sync().finally(() => folder.close());
}

function* stateLines(workspace: Workspace): Generator<string> {
  const { profiles, registry, segments } = workspace;
  yield JSON.stringify({
    sandboxState: 1,
    seed: profiles.seed,
    profiles: profiles.size,
    attributes: registry.all(),
    segments: segments.all(),
  });
  for (const profile of profiles.all()) yield stateLine(profile, profiles);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
