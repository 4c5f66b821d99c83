import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fault, success, type Outcome } from '../../contract/errors';
import { type ObjectReference } from '../../contract/objects';
import { type OpenObject } from './bucket';

/** Counts and hashes what passes. */
class Digest extends Transform {
  bytes = 0;
  private readonly hash = createHash('sha256');

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }

  sha256(): string {
    return this.hash.digest('hex');
  }
}

/** Writes an opened object to a file and compares it with its reference. */
export async function saveVerified(
  opened: OpenObject,
  reference: ObjectReference,
  file: string,
  signal: AbortSignal | undefined,
): Promise<Outcome<void>> {
  const digest = new Digest();
  await pipeline(opened.body, digest, createWriteStream(file), signal === undefined ? {} : { signal });
  return verdict(reference, digest.bytes, digest.sha256());
}

/** Compares bytes with their reference. */
export function verified(reference: ObjectReference, body: Buffer): Outcome<Buffer> {
  const checked = verdict(reference, body.length, createHash('sha256').update(body).digest('hex'));
  return checked.ok ? success(body) : checked;
}

/** The fault of an object that its reference promises and the bucket does not have. */
export function missing(reference: ObjectReference): Outcome<never> {
  return fault('STATE_CORRUPT', `${reference.key} is missing from the state bucket.`);
}

function verdict(reference: ObjectReference, bytes: number, sha256: string): Outcome<void> {
  if (bytes !== reference.bytes) {
    return fault('STATE_CORRUPT', `${reference.key} has ${bytes} bytes instead of ${reference.bytes}.`);
  }
  return sha256 === reference.sha256
    ? success(undefined)
    : fault('STATE_CORRUPT', `${reference.key} differs from its checksum.`);
}
