import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** Keys of an S3 account; without them the client's own chain (roles, profiles) is used. */
export interface BucketCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Where an S3 client connects to. */
export interface S3ClientOptions {
  region: string;
  endpoint?: string | undefined;
  credentials?: BucketCredentials | undefined;
}

/** Long enough for a slow link, short enough that a dead server is noticed before a heartbeat is missed. */
const CONNECTION_TIMEOUT_MS = 5_000;
/** Silence on an open socket; a read that trickles goes on. */
const SOCKET_TIMEOUT_MS = 30_000;
/** Temporal retries the whole activity; the client bridges only a hiccup. */
const MAX_ATTEMPTS = 3;

/** An S3 client with bounded waits. */
export function createS3Client(options: S3ClientOptions): S3Client {
  const config: S3ClientConfig = {
    region: options.region,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS },
    // Servers that answer a ranged read with the whole object's checksum would otherwise fail every such read.
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
  if (options.endpoint !== undefined) {
    config.endpoint = options.endpoint;
    config.forcePathStyle = true;
  }
  if (options.credentials !== undefined) config.credentials = options.credentials;
  return new S3Client(config);
}
