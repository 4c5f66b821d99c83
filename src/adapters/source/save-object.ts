import { createWriteStream } from 'node:fs';
import { Transform, type Duplex, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type SourceCompression, type SourceFormat } from '../../contract/activation';
import { fault, success, type Outcome } from '../../contract/errors';
import { type Bucket, type ListedObject } from '../bucket/bucket';
import { isAbort, s3Fault, textOf } from '../bucket/s3-faults';
import { SourceError } from './source-error';
import { TextGuard } from './text-guard';
import { ZstdFrames } from './zstd-frames';

/** What an object is written in. */
export interface Encoding {
  format: SourceFormat;
  compression: SourceCompression;
}

/** Writes one pinned object to a file: decompressed where Node can, always completely or not at all. */
export async function saveObject(
  bucket: Bucket,
  object: ListedObject,
  encoding: Encoding,
  file: string,
  signal: AbortSignal | undefined,
): Promise<Outcome<void>> {
  const options = { etag: object.etag, ...(signal === undefined ? {} : { signal }) };
  const opened = await bucket.openRead(object.key, options);
  if (!opened.ok) return opened;
  if (opened.value.bytes !== object.bytes) {
    opened.value.body.destroy();
    return fault('SOURCE_CHANGED', `${object.key}: was replaced since it was listed.`);
  }
  const meter = new Meter();
  const stages = stagesFor(object.key, encoding, meter);
  try {
    await pipeline(
      [opened.value.body, meter, ...stages, createWriteStream(file)],
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    if (isAbort(error) && signal?.aborted) throw error;
    // A server that loses its file under the read breaks the stream off: trying again would read something else.
    return (await wasReplaced(bucket, object, signal))
      ? replaced(object)
      : streamFault(bucket, object, error);
  }
  if (meter.bytes === object.bytes) return success(undefined);
  if (await wasReplaced(bucket, object, signal)) return replaced(object);
  return fault('SOURCE_INCOMPLETE', `${object.key}: ${meter.bytes} of ${object.bytes} bytes arrived.`);
}

async function wasReplaced(
  bucket: Bucket,
  object: ListedObject,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const now = await bucket.head(object.key, signal);
  return now.ok && (now.value?.etag !== object.etag || now.value.bytes !== object.bytes);
}

function replaced(object: ListedObject): Outcome<never> {
  return fault('SOURCE_CHANGED', `${object.key}: was replaced while it was read.`);
}

function stagesFor(key: string, { format, compression }: Encoding, meter: Meter): Duplex[] {
  const guard = format === 'parquet' ? [] : [new TextGuard(key, format)];
  switch (compression) {
    case 'none':
      return guard;
    case 'gzip':
      return [...gunzipWhole(key, meter), ...guard];
    case 'zstd':
      // Node 20 cannot decompress zstd: DuckDB will, and looks at the text itself.
      return [new ZstdFrames(key)];
  }
}

/** Gunzip checks every trailer, but takes what follows the last member for padding: that has to be looked at. */
function gunzipWhole(key: string, meter: Meter): Duplex[] {
  const gunzip = createGunzip();
  const tail = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, chunk),
    flush: (done) => {
      const whole = gunzip.bytesWritten === meter.bytes;
      done(
        whole
          ? null
          : new SourceError('SOURCE_UNREADABLE', `${key}: bytes after its gzip stream are not gzip.`),
      );
    },
  });
  return [gunzip, tail];
}

function streamFault(bucket: Bucket, object: ListedObject, error: unknown): Outcome<never> {
  if (error instanceof SourceError) return { ok: false, fault: error.fault };
  if (isAbort(error)) throw error;
  const code = textOf(error, 'code');
  if (code === 'Z_BUF_ERROR') return fault('SOURCE_INCOMPLETE', `${object.key}: its gzip stream ends early.`);
  if (code?.startsWith('Z_') === true) {
    if (textOf(error, 'message') === 'incorrect header check') {
      return fault(
        'SOURCE_UNREADABLE',
        `${object.key}: is no gzip stream, or holds something else behind it.`,
      );
    }
    return fault('SOURCE_UNREADABLE', `${object.key}: its gzip stream is damaged.`);
  }
  return { ok: false, fault: s3Fault(error, { action: 'GetObject', bucket: bucket.name, key: object.key }) };
}

/** Counts what the server sent. */
class Meter extends Transform {
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    done(null, chunk);
  }
}
