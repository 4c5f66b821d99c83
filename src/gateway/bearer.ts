import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header carries the token; how long that takes tells nothing about it. */
export function isBearer(authorization: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (given === undefined || token === '') return false;
  return timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
