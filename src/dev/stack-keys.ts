import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { textOrAbsent } from './servers/absent-files';

/** Every secret that a stack makes up, for each of its servers and doors. */
const keysSchema = z.object({
  braze: z.string(),
  s3: z.string(),
  link: z.string(),
  hook: z.string(),
  api: z.string(),
  events: z.string(),
});

/** What a stack's servers and doors are opened with. */
export type StackKeys = z.infer<typeof keysSchema>;

const keptSchema = z.record(z.string(), z.string()).catch({});

const KEPT = 'keys.json';

/**
 * The secrets of the stack in this folder, made up at its first start and kept for the next ones in a file that only its
 * owner can read: verdicts about External APIs belong to a REST key, and events to a key of their source.
 */
export async function keptKeys(stateDir: string): Promise<StackKeys> {
  const file = join(stateDir, KEPT);
  const keys = keysSchema.parse({ ...freshKeys(), ...keptSchema.parse(parsed(await textOrAbsent(file))) });
  await writeFile(file, `${JSON.stringify(keys)}\n`, { mode: 0o600 });
  // The mode above is for a file that is made; one that was there keeps its own.
  await chmod(file, 0o600);
  return keys;
}

function freshKeys(): StackKeys {
  const secret = () => randomBytes(24).toString('hex');
  return {
    braze: randomBytes(18).toString('hex'),
    s3: secret(),
    link: randomBytes(32).toString('hex'),
    hook: secret(),
    api: secret(),
    events: secret(),
  };
}

/** A start that was cut short may have left half a file: then there are new keys. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
