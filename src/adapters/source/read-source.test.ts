import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { type AudienceSource } from '../../contract/activation';
import { type Bucket } from '../bucket/bucket';
import { createS3Client } from '../bucket/s3-client';
import { createBucket } from '../bucket/s3-bucket';
import { createDuckDb } from '../duckdb/duckdb';
import { readSource } from './read-source';

const credentials = {
  accessKeyId: process.env['BRAZIER_TEST_S3_KEY_ID'] ?? '',
  secretAccessKey: process.env['BRAZIER_TEST_S3_SECRET'] ?? '',
};
const settings = {
  bucket: `source-${randomBytes(6).toString('hex')}`,
  region: 'us-east-1',
  path: '',
  endpoint: process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '',
};
let bucket: Bucket;
let directory: string;
let folder: string;

beforeAll(async () => {
  const client = createS3Client({ ...settings, credentials });
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket }));
  client.destroy();
  bucket = createBucket({ settings, credentials });
});
afterAll(() => bucket.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'brazier-source-'));
  folder = `in/${randomBytes(4).toString('hex')}`;
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function source(rest: Partial<AudienceSource>): AudienceSource {
  return {
    format: 'csv',
    compression: 'none',
    csv: { delimiter: ',', quote: '"', escape: '"' },
    idColumn: 'id',
    identifier: 'external_id',
    quietSeconds: 60,
    ...rest,
  };
}

async function put(name: string, body: string | Buffer): Promise<string> {
  const key = `${folder}/${name}`;
  expect((await bucket.put(key, body)).ok).toBe(true);
  return key;
}

const read = (rest: Partial<AudienceSource>, from = bucket) => readSource(from, source(rest), directory, {});

async function contents(rest: Partial<AudienceSource>): Promise<string[]> {
  const outcome = await read(rest);
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return Promise.all(outcome.value.files.map((file) => readFile(file.path, 'utf8')));
}

const CSV = `id\n${Array.from({ length: 5_000 }, (_, index) => `user-é-${index}`).join('\n')}\n`;

describe('gzip', () => {
  test('a whole stream, and several behind each other, are read to the end', async () => {
    const half = Buffer.from(CSV).subarray(0, 30_000);
    const rest = Buffer.from(CSV).subarray(30_000);
    const key = await put('two.csv.gz', Buffer.concat([gzipSync(half), gzipSync(rest)]));
    expect(await contents({ key, compression: 'gzip' })).toEqual([CSV]);
  });

  test('one cut anywhere is incomplete', async () => {
    const first = gzipSync(CSV);
    const whole = Buffer.concat([first, gzipSync('user-x\n')]);
    const cuts = [
      10,
      first.length >> 1,
      first.length - 4,
      first.length + 1,
      first.length + 5,
      whole.length - 1,
    ];
    for (const cut of cuts) {
      const key = await put('cut.csv.gz', whole.subarray(0, cut));
      expect({ cut, ...(await read({ key, compression: 'gzip' })) }).toMatchObject({
        cut,
        ok: false,
        fault: { code: 'SOURCE_INCOMPLETE' },
      });
    }
  });

  test('one with a flipped bit or a foreign tail is unreadable', async () => {
    const flipped = gzipSync(CSV);
    flipped[flipped.length - 6] = (flipped[flipped.length - 6] ?? 0) ^ 1;
    const damaged = await read({ key: await put('f.csv.gz', flipped), compression: 'gzip' });
    expect(damaged).toMatchObject({ ok: false, fault: { code: 'SOURCE_UNREADABLE' } });
    for (const tail of ['user-y\n', '\0'.repeat(512)]) {
      const tailed = Buffer.concat([gzipSync(CSV), Buffer.from(tail)]);
      const foreign = await read({ key: await put('t.csv.gz', tailed), compression: 'gzip' });
      expect(foreign).toMatchObject({ ok: false, fault: { code: 'SOURCE_UNREADABLE' } });
    }
  });
});

describe('zstd', () => {
  // zstd 1.5 of "id\n" and 200 ids "user-1" to "user-200", with a content checksum.
  const FRAME = Buffer.from(
    [
      '28b52ffd046845070096142712b0575a0d0011070c39132291dd7b6ca838202a001f001b00724384b3a2293644382b9a',
      '524384b3a2293444382b9a32a3185e5be95c0e11ce8a6640c180c101800041ffff5f4a29a59452ca21c259d194314438',
      '2b9a228608674553c210e1ac6806f75a6badb5d65a5b6badb5d65a2ba594524a29a573ce39e79c73020022338ee3388e',
      'e3388ea2288aa2288aa21886611886611886f7de7befbd0180c7a81068be1de09535102c1f1004210842100841108220',
      '0441ed84139bd044266272094b5402958767a38993d2b80667683cb6a3334d8ed5708c000110110c16020044041e5360',
      'a75e2f46ed',
    ].join(''),
    'hex',
  );
  const childEntry = join(__dirname, '..', '..', '..', 'dist', 'src', 'adapters', 'duckdb', 'child.js');

  test('whole frames, also with a skippable one between, are read to the end', async () => {
    const skippable = Buffer.from('502a4d1803000000616263', 'hex');
    const key = await put('a.csv.zst', Buffer.concat([FRAME, skippable]));
    const outcome = await read({ key, compression: 'zstd' });
    const files = outcome.ok ? outcome.value.files : [];
    const frozen = await createDuckDb({ childEntry }).run({
      ...{
        kind: 'freeze',
        scratch: directory,
        files,
        format: 'csv',
        idColumn: 'id',
        identifier: 'external_id',
      },
      csv: { delimiter: ',', quote: '"', escape: '"' },
      snapshot: join(directory, 'snapshot.parquet'),
      rejected: join(directory, 'rejected.ndjson'),
    });
    expect(frozen).toMatchObject({ ok: true, value: { rows: 200, members: 200 } });
  });

  test('one cut anywhere is incomplete', async () => {
    for (const cut of [0, 2, 5, 8, FRAME.length >> 1, FRAME.length - 5, FRAME.length - 1]) {
      const key = await put('cut.csv.zst', FRAME.subarray(0, cut));
      expect({ cut, ...(await read({ key, compression: 'zstd' })) }).toMatchObject({
        cut,
        ok: false,
        fault: { code: 'SOURCE_INCOMPLETE' },
      });
    }
  });

  test('anything else is unreadable', async () => {
    const outcome = await read({ key: await put('x.csv.zst', 'id\nuser-1\n'), compression: 'zstd' });
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'SOURCE_UNREADABLE' } });
  });
});

describe('text', () => {
  test('a byte order mark goes, whatever is in chunks stays', async () => {
    expect(await contents({ key: await put('bom.csv', `\ufeff${CSV}`) })).toEqual([CSV]);
    expect(await contents({ key: await put('short.csv', 'x') })).toEqual(['x']);
  });

  test.each([
    ['UTF-16', Buffer.from('\ufeffid\nuser\n', 'utf16le')],
    ['UTF-16 without a mark', Buffer.from('id\nuser\n', 'utf16le')],
    ['Latin-1', Buffer.from('id\nJosé\n', 'latin1')],
    ['a cut character', Buffer.from('id\nJosé').subarray(0, -1)],
  ])('%s is unreadable', async (_what, body) => {
    const outcome = await read({ key: await put('odd.csv', body) });
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'SOURCE_UNREADABLE' } });
  });
});

describe('what is read is what was listed', () => {
  /** The bucket, with something done to it after the first object was opened. */
  function meddled(meddle: () => Promise<unknown>): Bucket {
    let done = false;
    const openRead: Bucket['openRead'] = async (...args) => {
      const opened = await bucket.openRead(...args);
      if (!done) await meddle();
      done = true;
      return opened;
    };
    return {
      ...{ name: bucket.name, path: bucket.path, openRead },
      put: (...args) => bucket.put(...args),
      putJson: (...args) => bucket.putJson(...args),
      putFile: (...args) => bucket.putFile(...args),
      getBytes: (...args) => bucket.getBytes(...args),
      download: (...args) => bucket.download(...args),
      read: (...args) => bucket.read(...args),
      folders: (...args) => bucket.folders(...args),
      head: (...args) => bucket.head(...args),
      pages: (...args) => bucket.pages(...args),
      list: (...args) => bucket.list(...args),
      delete: (...args) => bucket.delete(...args),
      close: () => bucket.close(),
    };
  }

  test('a file replaced while it is read is a changed source', async () => {
    const key = await put('a.csv', CSV);
    const outcome = await read(
      { key },
      meddled(() => put('a.csv', CSV.replace('user', 'USER'))),
    );
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'SOURCE_CHANGED' } });
  });

  test('a file added, replaced or deleted under a prefix is a changed source', async () => {
    const meddlings = [
      () => put('c.csv', 'id\n'),
      () => put('b.csv', 'id\nother\n'),
      () => bucket.delete(`${folder}/b.csv`),
    ];
    for (const meddle of meddlings) {
      await put('a.csv', CSV);
      await put('b.csv', CSV);
      const outcome = await read({ prefix: `${folder}/`, quietSeconds: 0 }, meddled(meddle));
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'SOURCE_CHANGED' } });
    }
  });

  test('nothing there is not found, and neither is a prefix of hidden files', async () => {
    expect(await read({ key: `${folder}/none.csv` })).toMatchObject({ fault: { code: 'SOURCE_NOT_FOUND' } });
    await put('.hidden.csv', 'id\n');
    await put('_temporary/a.csv', 'id\n');
    const outcome = await read({ prefix: folder });
    expect(outcome).toMatchObject({ fault: { code: 'SOURCE_NOT_FOUND' } });
  });
});

describe('a prefix', () => {
  test('with _SUCCESS is complete at once', async () => {
    await put('part-0.csv', 'id\na\n');
    await put('part-1.csv', 'id\nb\n');
    await put('_SUCCESS', '');
    const outcome = await read({ prefix: `${folder}/`, quietSeconds: 3600 });
    expect(outcome).toMatchObject({ ok: true, value: { objects: 2, bytes: 10 } });
  });

  test('without it is not quiet until nothing has changed for long enough', async () => {
    await put('part-0.csv', 'id\na\n');
    const wanted = { prefix: `${folder}/`, quietSeconds: 3 };
    let outcome = await read(wanted);
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'SOURCE_NOT_QUIET' } });
    while (!outcome.ok && outcome.fault.code === 'SOURCE_NOT_QUIET') {
      const { retryAfterMs = 0 } = outcome.fault;
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(3_000);
      await sleep(retryAfterMs);
      outcome = await read(wanted);
    }
    expect(outcome).toMatchObject({ ok: true, value: { objects: 1 } });
  });

  test('is looked at again within a minute, since _SUCCESS may come at any time', async () => {
    await put('part-0.csv', 'id\na\n');
    const wanted = { prefix: `${folder}/`, quietSeconds: 3600 };
    const outcome = await read(wanted);
    expect(outcome).toMatchObject({ fault: { code: 'SOURCE_NOT_QUIET', retryAfterMs: 60_000 } });
    await put('_SUCCESS', '');
    expect(await read(wanted)).toMatchObject({ ok: true });
  });
});
