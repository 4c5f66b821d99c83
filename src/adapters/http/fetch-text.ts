import { fault, success, type Outcome } from '../../contract/errors';

/** Bounds of one request. */
export interface FetchTextLimits {
  timeoutMs: number;
  maxBytes: number;
}

/**
 * Reads one small text, within a time and a size. No redirect is followed: the address was checked, where it leads was
 * not. Whatever goes wrong may be over soon, so it is one fault; what was answered is not repeated in it.
 */
export function createTextFetcher({ timeoutMs, maxBytes }: FetchTextLimits) {
  return async (url: URL): Promise<Outcome<string>> => {
    const failed = (reason: string) =>
      fault('HOOK_PROVIDER_UNAVAILABLE', `${url.host} did not answer as expected: ${reason}.`);
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, { redirect: 'manual', signal });
      if (response.status !== 200) {
        await response.body?.cancel();
        return failed(`status ${response.status}`);
      }
      const text = await readBounded(response, maxBytes);
      return text === undefined ? failed(`more than ${maxBytes} bytes`) : success(text);
    } catch (error) {
      return failed(error instanceof Error ? error.name : 'unknown failure');
    }
  };
}

async function readBounded(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return '';
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop cancels the stream.
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
