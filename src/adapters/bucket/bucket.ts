import { type Readable } from 'node:stream';
import { type Outcome } from '../../contract/errors';
import { type ObjectReference } from '../../contract/objects';

/** An object as a listing or a HEAD shows it; the ETag is without quotes. */
export interface ListedObject {
  key: string;
  bytes: number;
  etag: string;
  lastModifiedMs: number;
}

/** One page of a listing; `serverTimeMs` is the server's own clock, against which its LastModified can be held. */
export interface ListPage {
  objects: ListedObject[];
  serverTimeMs: number;
}

/** An object being read: its metadata belongs to this very response. */
export interface OpenObject {
  body: Readable;
  /** Bytes that the server announced for this response. */
  bytes: number;
  etag: string;
}

/** How one object is opened. */
export interface OpenOptions {
  /** Sent as If-Match and compared with the answer's ETag, since not every server looks at the header. */
  etag?: string;
  /** A byte range as HTTP writes it, e.g. `bytes=0-99`. */
  range?: string;
  signal?: AbortSignal;
}

/**
 * One S3 bucket. Keys are always full keys; `path` is only the prefix that its settings name. Every expected failure is a
 * fault, and no fault repeats a credential.
 */
export interface Bucket {
  readonly name: string;
  readonly path: string;
  put(key: string, body: Uint8Array | string, signal?: AbortSignal): Promise<Outcome<ObjectReference>>;
  putJson(key: string, value: unknown, signal?: AbortSignal): Promise<Outcome<ObjectReference>>;
  /** Uploads a file, in parts when it is large. */
  putFile(key: string, file: string, signal?: AbortSignal): Promise<Outcome<ObjectReference>>;
  /** The object's bytes, or STATE_CORRUPT when it is missing or differs from its reference. */
  getBytes(reference: ObjectReference, signal?: AbortSignal): Promise<Outcome<Buffer>>;
  /** Writes the object to a file, or STATE_CORRUPT when it is missing or differs from its reference. */
  download(reference: ObjectReference, file: string, signal?: AbortSignal): Promise<Outcome<void>>;
  /** The bytes of an object of which only the name is known; SOURCE_NOT_FOUND when there is none. */
  read(key: string, signal?: AbortSignal): Promise<Outcome<Buffer>>;
  /** Opens an object for streaming: SOURCE_NOT_FOUND when there is none, SOURCE_CHANGED when its ETag is another. */
  openRead(key: string, options?: OpenOptions): Promise<Outcome<OpenObject>>;
  /** Metadata of an object, `undefined` when there is none. */
  head(key: string, signal?: AbortSignal): Promise<Outcome<ListedObject | undefined>>;
  /** A listing page by page; ends after the first fault. */
  pages(prefix: string, signal?: AbortSignal): AsyncGenerator<Outcome<ListPage>, void, undefined>;
  /** A whole listing, for prefixes that hold few objects. */
  list(prefix: string, signal?: AbortSignal): Promise<Outcome<ListedObject[]>>;
  /** Prefixes one level below a prefix, each ending in a slash. */
  folders(prefix: string, signal?: AbortSignal): Promise<Outcome<string[]>>;
  delete(key: string, signal?: AbortSignal): Promise<Outcome<void>>;
  /** Closes the connections. */
  close(): void;
}
