import { readFile } from 'node:fs/promises';

/** Whether a failure of the file system has this code; judged by its shape, as errors in tests come from another realm. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'code') === code;
}

/** What a text file holds; nothing if there is none. */
export async function textOrAbsent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
