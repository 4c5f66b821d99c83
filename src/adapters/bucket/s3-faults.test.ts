import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { ERROR_CATALOG } from '../../contract/errors';
import { createBucket } from './s3-bucket';

const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
let server: Server;
let refusal = '';
let settings: { bucket: string; region: string; path: string; endpoint: string };

/** Answers every request as S3 answers one that it refuses. */
beforeAll(async () => {
  server = createServer((_request, response) => {
    const body = `<Error><Code>${refusal}</Code><Message>${KEYS.accessKeyId}</Message></Error>`;
    response.writeHead(400, { 'content-type': 'application/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has nothing else
  settings = { bucket: 'b', region: 'us-east-1', path: '', endpoint: `http://127.0.0.1:${port}` };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test.each([
  ['ExpiredToken', 'S3_CREDENTIALS_UNAVAILABLE', true],
  ['InvalidAccessKeyId', 'S3_ACCESS_DENIED', false],
  ['SignatureDoesNotMatch', 'S3_ACCESS_DENIED', false],
] as const)('%s is %s', async (answer, code, retryable) => {
  refusal = answer;
  const bucket = createBucket({ settings, credentials: KEYS });
  const outcome = await bucket.list('');
  bucket.close();
  expect(outcome).toMatchObject({ ok: false, fault: { code } });
  expect(ERROR_CATALOG[code].retryable).toBe(retryable);
  expect(JSON.stringify(outcome)).not.toContain(KEYS.accessKeyId);
});

describe('a worker whose role gives no keys', () => {
  const before = { ...process.env };
  beforeAll(() => {
    const others = Object.entries(before).filter(([name]) => !name.startsWith('AWS_'));
    process.env = {
      ...Object.fromEntries(others),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      AWS_CONFIG_FILE: '/nowhere',
    };
  });
  afterAll(() => {
    process.env = before;
  });

  test('tries again', async () => {
    const bucket = createBucket({ settings });
    const outcome = await bucket.list('');
    bucket.close();
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'S3_CREDENTIALS_UNAVAILABLE' } });
  });
});
