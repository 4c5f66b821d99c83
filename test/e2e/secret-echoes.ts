import { createServer } from 'node:http';

/** An S3 server that refuses everything and repeats the key that it was shown. */
export interface EchoingS3 {
  url: string;
  /** How many key ids it has repeated. */
  echoed(): number;
  close(): Promise<void>;
}

/**
 * Starts one on a free port. S3 repeats an unknown key id in its error:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (read 2026-11-22)
 */
export async function startEchoingS3(): Promise<EchoingS3> {
  let echoed = 0;
  const server = createServer((req, res) => {
    const keyId = /Credential=([^/]+)\//.exec(req.headers.authorization ?? '')?.[1] ?? '';
    if (keyId !== '') echoed += 1;
    req.resume().on('end', () => {
      const text = `The key ${keyId} does not exist: ${req.headers.authorization ?? ''}`;
      const body = `<?xml version="1.0"?><Error><Code>InvalidAccessKeyId</Code><Message>${text}</Message><AWSAccessKeyId>${keyId}</AWSAccessKeyId></Error>`;
      res.writeHead(403, { 'content-type': 'application/xml', 'x-echo': keyId }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    echoed: () => echoed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
