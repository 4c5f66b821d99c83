import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { fault, success, type Outcome } from '../../contract/errors';
import { type BucketSettings } from '../../contract/integration';
import { type ObjectReference } from '../../contract/objects';
import { type Bucket, type ListedObject, type ListPage, type OpenObject, type OpenOptions } from './bucket';
import { createS3Client, type BucketCredentials } from './s3-client';
import { isAbort, s3Fault } from './s3-faults';
import { abortable, uploadFile, uploadWhole } from './upload';
import { missing, saveVerified, verified } from './verified-read';

/** What a bucket is made of; the settings' secret references are already resolved into `credentials`. */
export interface BucketOptions {
  settings: Pick<BucketSettings, 'bucket' | 'region' | 'path' | 'endpoint'>;
  credentials?: BucketCredentials | undefined;
}

/** Opens a bucket on S3 or a server that speaks its protocol. Nothing is sent until the first call. */
export function createBucket(options: BucketOptions): Bucket {
  const { region, endpoint } = options.settings;
  const client = createS3Client({ region, endpoint, credentials: options.credentials });
  return new S3Bucket(client, options.settings.bucket, options.settings.path);
}

class S3Bucket implements Bucket {
  constructor(client: S3Client, name: string, path: string) {
    this.client = client;
    this.name = name;
    this.path = path;
    this.serverClock = watchServerClock(client);
  }

  readonly name: string;
  readonly path: string;
  private readonly client: S3Client;
  private readonly serverClock: () => number;

  put(key: string, body: Uint8Array | string, signal?: AbortSignal): Promise<Outcome<ObjectReference>> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    return this.attempt('PutObject', key, () => uploadWhole(this.target(key, signal), bytes));
  }

  putJson(key: string, value: unknown, signal?: AbortSignal): Promise<Outcome<ObjectReference>> {
    return this.put(key, JSON.stringify(value), signal);
  }

  putFile(key: string, file: string, signal?: AbortSignal): Promise<Outcome<ObjectReference>> {
    return this.attempt('PutObject', key, () => uploadFile(this.target(key, signal), file));
  }

  async getBytes(reference: ObjectReference, signal?: AbortSignal): Promise<Outcome<Buffer>> {
    const body = await this.read(reference.key, signal);
    if (!body.ok) return body.fault.code === 'SOURCE_NOT_FOUND' ? missing(reference) : body;
    return verified(reference, body.value);
  }

  async download(reference: ObjectReference, file: string, signal?: AbortSignal): Promise<Outcome<void>> {
    const opened = await this.openRead(reference.key, signal === undefined ? {} : { signal });
    if (!opened.ok) return opened.fault.code === 'SOURCE_NOT_FOUND' ? missing(reference) : opened;
    const saved = await this.attempt('GetObject', reference.key, () =>
      saveVerified(opened.value, reference, file, signal),
    );
    return saved.ok ? saved.value : saved;
  }

  async read(key: string, signal?: AbortSignal): Promise<Outcome<Buffer>> {
    const opened = await this.openRead(key, signal === undefined ? {} : { signal });
    if (!opened.ok) return opened;
    const body = await this.attempt('GetObject', key, () => buffer(opened.value.body));
    if (!body.ok || body.value.length === opened.value.bytes) return body;
    return fault('S3_UNAVAILABLE', `s3://${this.name}/${key} ended before its announced length.`);
  }

  async openRead(key: string, options: OpenOptions = {}): Promise<Outcome<OpenObject>> {
    const { etag, range, signal } = options;
    const command = new GetObjectCommand({
      Bucket: this.name,
      Key: key,
      ...(etag === undefined ? {} : { IfMatch: `"${etag}"` }),
      ...(range === undefined ? {} : { Range: range }),
    });
    const answer = await this.attempt('GetObject', key, () => this.client.send(command, abortable(signal)));
    if (!answer.ok) return answer;
    const { Body, ContentLength, ETag } = answer.value;
    if (!(Body instanceof Readable) || ContentLength === undefined || ETag === undefined) {
      return fault('S3_UNAVAILABLE', `s3://${this.name}/${key} was answered without length or ETag.`);
    }
    const received = bareEtag(ETag);
    if (etag !== undefined && received !== etag) {
      Body.destroy();
      return fault('SOURCE_CHANGED', `s3://${this.name}/${key} was replaced since it was listed.`);
    }
    return success({ body: Body, bytes: ContentLength, etag: received });
  }

  async head(key: string, signal?: AbortSignal): Promise<Outcome<ListedObject | undefined>> {
    const command = new HeadObjectCommand({ Bucket: this.name, Key: key });
    const answer = await this.attempt('HeadObject', key, () => this.client.send(command, abortable(signal)));
    if (!answer.ok) return answer.fault.code === 'SOURCE_NOT_FOUND' ? success(undefined) : answer;
    const { ContentLength, ETag, LastModified } = answer.value;
    return success(listed(key, ContentLength, ETag, LastModified));
  }

  async *pages(prefix: string, signal?: AbortSignal): AsyncGenerator<Outcome<ListPage>, void, undefined> {
    for await (const page of this.listings({ Prefix: prefix }, signal)) {
      if (!page.ok) {
        yield page;
        return;
      }
      const contents = page.value.Contents ?? [];
      const objects = contents.map((o) => listed(o.Key ?? '', o.Size, o.ETag, o.LastModified));
      yield success({ objects, serverTimeMs: this.serverClock() });
    }
  }

  async folders(prefix: string, signal?: AbortSignal): Promise<Outcome<string[]>> {
    const folders: string[] = [];
    for await (const page of this.listings({ Prefix: prefix, Delimiter: '/' }, signal)) {
      if (!page.ok) return page;
      folders.push(...(page.value.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []));
    }
    return success(folders);
  }

  async list(prefix: string, signal?: AbortSignal): Promise<Outcome<ListedObject[]>> {
    const objects: ListedObject[] = [];
    for await (const page of this.pages(prefix, signal)) {
      if (!page.ok) return page;
      objects.push(...page.value.objects);
    }
    return success(objects);
  }

  async delete(key: string, signal?: AbortSignal): Promise<Outcome<void>> {
    const command = new DeleteObjectCommand({ Bucket: this.name, Key: key });
    const answer = await this.attempt('DeleteObject', key, () =>
      this.client.send(command, abortable(signal)),
    );
    return answer.ok ? success(undefined) : answer;
  }

  close(): void {
    this.client.destroy();
  }

  /** The pages of a listing as S3 answers them; ends after the first fault. */
  private async *listings(
    what: { Prefix: string; Delimiter?: string },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Outcome<ListObjectsV2CommandOutput>, void, undefined> {
    let token: string | undefined;
    do {
      const page = {
        Bucket: this.name,
        ...what,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      };
      const command = new ListObjectsV2Command(page);
      const answer = await this.attempt('ListObjectsV2', what.Prefix, () =>
        this.client.send(command, abortable(signal)),
      );
      yield answer;
      if (!answer.ok) return;
      token = answer.value.IsTruncated === true ? answer.value.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  private target(key: string, signal: AbortSignal | undefined) {
    return { client: this.client, bucket: this.name, key, signal };
  }

  private async attempt<T>(action: string, key: string, call: () => Promise<T>): Promise<Outcome<T>> {
    try {
      return success(await call());
    } catch (error) {
      if (isAbort(error)) throw error;
      return { ok: false, fault: s3Fault(error, { action, bucket: this.name, key }) };
    }
  }
}

function listed(
  key: string,
  bytes: number | undefined,
  etag: string | undefined,
  modified: Date | undefined,
): ListedObject {
  return { key, bytes: bytes ?? 0, etag: bareEtag(etag ?? ''), lastModifiedMs: modified?.getTime() ?? 0 };
}

/** Reads the Date header off every answer, since ages can only be told by the clock that wrote LastModified. */
function watchServerClock(client: S3Client): () => number {
  let serverTimeMs = Date.now();
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const date = dateHeader(result.response);
      if (!Number.isNaN(date)) serverTimeMs = date;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'brazierServerClock' },
  );
  return () => serverTimeMs;
}

function dateHeader(response: unknown): number {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return NaN;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return NaN;
  return typeof headers.date === 'string' ? Date.parse(headers.date) : NaN;
}

/** Some servers quote ETags in one kind of answer and not in another. */
function bareEtag(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}
