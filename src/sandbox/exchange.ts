import { type IncomingMessage, type ServerResponse } from 'node:http';

/** Reads a body up to a size. One that is larger is read to its end and thrown away, so the caller can hear the refusal. */
export function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer | 'tooLarge' | 'aborted'> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else chunks = [];
    });
    req.on('end', () => {
      if (bytes > maxBytes) resolve('tooLarge');
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    req.on('close', () => resolve('aborted'));
    req.on('error', () => resolve('aborted'));
  });
}

/** Sends a JSON answer. */
export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  sendText(res, status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** Sends an answer whose body is already text. */
export function sendText(
  res: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string>,
): void {
  if (res.destroyed) return;
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  res.end(text);
}

/** Promises the whole body and hangs up half-way through it. */
export function sendHalf(
  res: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string>,
): void {
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  res.write(text.slice(0, text.length >> 1), () => res.destroy());
}

/** Says nothing until the caller gives up, or for `holdMs`, and then hangs up. Resolves when the connection is gone. */
export function hold(res: ServerResponse, holdMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = holdMs === undefined ? undefined : setTimeout(() => res.destroy(), holdMs);
    res.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
