import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createAudienceDataActivities } from '../../src/activities/audience-data';
import { type Bucket } from '../../src/adapters/bucket/bucket';
import { createBucket } from '../../src/adapters/bucket/s3-bucket';
import { createS3Client } from '../../src/adapters/bucket/s3-client';
import { createDuckDb } from '../../src/adapters/duckdb/duckdb';
import { readSource } from '../../src/adapters/source/read-source';
import { type AudienceSource } from '../../src/contract/activation';
import { type Fault, isErrorCode, success } from '../../src/contract/errors';
import { type SnapshotReference } from '../../src/contract/objects';
import { inferFormat } from '../../src/contract/schemas/audience-source';

const childEntry = join(__dirname, '..', '..', 'dist', 'src', 'adapters', 'duckdb', 'child.js');

/** What became of a freeze. */
export type Frozen = { snapshot: SnapshotReference } | { fault: Fault };

/** A bucket of its own, and the real activity that freezes sources out of it. */
export interface SourceWorld {
  bucket: Bucket;
  /** Keys of everything that was ever written for a run. */
  written(): Promise<string[]>;
  /** Freezes a source; the way there may lead through another endpoint, or be tried with a wrong secret. */
  freeze(source: Partial<AudienceSource>, way?: { endpoint?: string; secret?: string }): Promise<Frozen>;
  /** Files that attempts have left behind. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens one on the S3 server of the test run. */
export async function openSourceWorld(): Promise<SourceWorld> {
  const endpoint = process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '';
  const accessKeyId = process.env['BRAZIER_TEST_S3_KEY_ID'] ?? '';
  const secretAccessKey = process.env['BRAZIER_TEST_S3_SECRET'] ?? '';
  const name = `damaged-${randomBytes(6).toString('hex')}`;
  const settings = { bucket: name, region: 'us-east-1', path: 'state', endpoint };
  const credentials = { accessKeyId, secretAccessKey };
  const client = createS3Client({ ...settings, credentials });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  client.destroy();
  const workDir = await mkdtemp(join(tmpdir(), 'brazier-damaged-'));
  const bucket = createBucket({ settings, credentials });
  const freeze: SourceWorld['freeze'] = async (source, way = {}) => {
    const keys = { accessKeyId, secretAccessKey: way.secret ?? secretAccessKey };
    const from = { ...settings, path: '', endpoint: way.endpoint ?? endpoint };
    const { freezeSource } = createAudienceDataActivities({
      stateBucket: bucket,
      openBucket: () => Promise.resolve(success(createBucket({ settings: from, credentials: keys }))),
      readSource,
      duckdb: createDuckDb({ childEntry }),
      workDir,
    });
    const input = { activation: activation(source), exchange: settings, generation: 1 };
    const frozen: Promise<SnapshotReference> = new MockActivityEnvironment().run(freezeSource, input);
    return frozen.then(
      (snapshot) => ({ snapshot }),
      (error: unknown) => ({ fault: faultOf(error) }),
    );
  };
  return {
    bucket,
    freeze,
    written: async () => {
      const listed = await bucket.list('state/');
      return listed.ok ? listed.value.map(({ key }) => key) : [];
    },
    leftovers: () => readdir(workDir),
    close: async () => {
      bucket.close();
      await rm(workDir, { recursive: true, force: true });
    },
  };
}

function faultOf(error: unknown): Fault {
  const code = error instanceof ApplicationFailure ? (error.type ?? '') : '';
  if (!(error instanceof ApplicationFailure) || !isErrorCode(code)) throw error;
  return { code, message: error.message };
}

function activation(source: Partial<AudienceSource>) {
  return {
    integration: 'shop',
    audience: 'Active customers',
    attribute: 'lexer_audience',
    audienceKey: createHash('sha256').update('Active customers').digest('hex').slice(0, 32),
    listAction: 'maintain' as const,
    createProfiles: false,
    source: {
      ...inferFormat(source.key ?? ''),
      csv: { delimiter: ',', quote: '"', escape: '"' },
      idColumn: 'external_id',
      identifier: 'external_id' as const,
      quietSeconds: 0,
      ...source,
    },
    terms: { acceptedBy: 'Ada', version: '1' },
    confirmation: { kind: 'none' as const },
    guards: { maxRemovalShare: 0.5, approvalTimeoutSeconds: 60 },
    verification: { entering: 10, leaving: 10, deadlineSeconds: 60 },
    dryRun: false,
    completionMail: false,
    skipUnchanged: false,
  };
}
