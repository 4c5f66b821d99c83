import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type ObjectReference } from '../../contract/objects';

/** Files up to this size go up in one request; it is also the size of a part, and hence the memory of an upload. */
const PART_BYTES = 16 * 1024 * 1024;

/** Where a file is uploaded to. */
export interface UploadTarget {
  client: S3Client;
  bucket: string;
  key: string;
  signal: AbortSignal | undefined;
}

/** Uploads a file and says what was uploaded: the checksum is of the very bytes that were sent. */
export async function uploadFile(target: UploadTarget, file: string): Promise<ObjectReference> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    return size <= PART_BYTES
      ? await uploadWhole(target, await handle.readFile())
      : await uploadParts(target, handle);
  } finally {
    await handle.close();
  }
}

/** Uploads bytes in one request. */
export async function uploadWhole(target: UploadTarget, body: Uint8Array): Promise<ObjectReference> {
  const { client, bucket, key, signal } = target;
  const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: body.length });
  await client.send(command, abortable(signal));
  return { key, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') };
}

async function uploadParts(target: UploadTarget, handle: FileHandle): Promise<ObjectReference> {
  const { client, bucket, key, signal } = target;
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }),
    abortable(signal),
  );
  const upload = { Bucket: bucket, Key: key, UploadId };
  try {
    const { parts, bytes, sha256 } = await sendParts(target, handle, UploadId);
    const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } });
    await client.send(complete, abortable(signal));
    return { key, bytes, sha256 };
  } catch (error) {
    // An upload left open costs storage; the failure that matters is the first one.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function sendParts(target: UploadTarget, handle: FileHandle, uploadId: string | undefined) {
  const { client, bucket, key, signal } = target;
  const hash = createHash('sha256');
  const parts: CompletedPart[] = [];
  let bytes = 0;
  for (;;) {
    const body = await readPart(handle, bytes);
    if (body.length === 0) break;
    hash.update(body);
    bytes += body.length;
    const PartNumber = parts.length + 1;
    const part = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber, Body: body };
    const { ETag } = await client.send(new UploadPartCommand(part), abortable(signal));
    parts.push({ PartNumber, ...(ETag === undefined ? {} : { ETag }) });
  }
  return { parts, bytes, sha256: hash.digest('hex') };
}

async function readPart(handle: FileHandle, position: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(PART_BYTES);
  let filled = 0;
  while (filled < PART_BYTES) {
    const { bytesRead } = await handle.read(buffer, filled, PART_BYTES - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Options of one SDK call that ends with the signal. */
export function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
