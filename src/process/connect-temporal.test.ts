import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestAuthority } from '../../test/tls/certificates';
import { startTlsFront, type TlsFront } from '../../test/tls/tls-front';
import { startTemporalServer, type TemporalServer } from '../dev/servers/temporal';
import { connectClient } from './connect-temporal';
import { connectWorker } from './connect-worker';

const NAMESPACE = 'behind-tls';
const authority = createTestAuthority();
const stranger = createTestAuthority();
let folder: string;
let temporal: TemporalServer;
let tls: TlsFront;
let mutual: TlsFront;

const file = (name: string) => join(folder, name);
const serverCa = () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('ca.pem') });
const clientPair = (name: string) => ({
  TEMPORAL_TLS_CLIENT_CERT_PATH: file(`${name}.pem`),
  TEMPORAL_TLS_CLIENT_KEY_PATH: file(`${name}.key`),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brazier-tls-'));
  await writeFile(file('ca.pem'), authority.ca);
  for (const [name, by] of [
    ['client', authority],
    ['stranger', stranger],
  ] as const) {
    const { cert, key } = by.issue(name);
    await writeFile(file(`${name}.pem`), cert);
    await writeFile(file(`${name}.key`), key);
  }
  temporal = await startTemporalServer({ namespace: NAMESPACE });
  const server = authority.issue('server');
  tls = await startTlsFront({ target: temporal.address, server });
  mutual = await startTlsFront({ target: temporal.address, server, clientCa: authority.ca });
});
afterAll(async () => {
  await tls.close();
  await mutual.close();
  await temporal.close();
  await rm(folder, { recursive: true });
});

/** Both clients, each asked for the namespace that it was given: the worker's and that of everything else. */
async function reach(env: Record<string, string>): Promise<string[]> {
  const before = { ...process.env };
  const others = Object.entries(before).filter(([name]) => !name.startsWith('TEMPORAL_'));
  process.env = { ...Object.fromEntries(others), XDG_CONFIG_HOME: folder, ...env };
  try {
    return [await reachByClient(), await reachByWorker()];
  } finally {
    process.env = before;
  }
}

async function reachByClient(): Promise<string> {
  const connected = await connectClient();
  if (!connected.ok) return `${connected.fault.code}: ${connected.fault.message}`;
  const { client, connection } = connected.value;
  const { namespace } = client.options;
  const found = await connection.workflowService.describeNamespace({ namespace }).catch(String);
  await connection.close();
  return typeof found === 'string' ? found : `reached ${found.namespaceInfo?.name ?? ''}`;
}

async function reachByWorker(): Promise<string> {
  const connected = await connectWorker();
  if (!connected.ok) return `${connected.fault.code}: ${connected.fault.message}`;
  const { connection, namespace } = connected.value;
  const found = await connection.workflowService.describeNamespace({ namespace }).catch(String);
  await connection.close();
  return typeof found === 'string' ? found : `reached ${found.namespaceInfo?.name ?? ''}`;
}

const REACHED = [`reached ${NAMESPACE}`, `reached ${NAMESPACE}`];

test('without TLS, and blank variables count as absent', async () => {
  const env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_API_KEY: '',
    TEMPORAL_TLS: '',
    TEMPORAL_TLS_CLIENT_CERT_PATH: ' ',
  };
  expect(await reach(env)).toEqual(REACHED);
});

test('TLS by the server’s authority', async () => {
  const env = { TEMPORAL_ADDRESS: tls.address, TEMPORAL_NAMESPACE: NAMESPACE };
  expect(await reach({ ...env, ...serverCa() })).toEqual(REACHED);
  expect(await reach({ ...env, ...serverCa(), TEMPORAL_TLS: '' })).toEqual(REACHED);
});

test('a client’s certificate opens what is closed to others', async () => {
  const env = { TEMPORAL_ADDRESS: mutual.address, TEMPORAL_NAMESPACE: NAMESPACE, ...serverCa() };
  expect(await reach({ ...env, ...clientPair('client') })).toEqual(REACHED);
  for (const answer of await reach({ ...env, ...clientPair('stranger') })) {
    expect(answer).toMatch(/^TEMPORAL_UNAVAILABLE/);
  }
});

test('an API key travels as a bearer token over TLS, and is in no message', async () => {
  const env = { TEMPORAL_ADDRESS: tls.address, TEMPORAL_NAMESPACE: NAMESPACE };
  tls.authorizations.clear();
  expect(await reach({ ...env, ...serverCa(), TEMPORAL_API_KEY: 'hush-key' })).toEqual(REACHED);
  expect([...tls.authorizations]).toEqual(['Bearer hush-key']);
  // A server that no known authority speaks for is not believed, and not given the key.
  tls.authorizations.clear();
  for (const answer of await reach({ ...env, TEMPORAL_API_KEY: 'hush-key' })) {
    expect(answer).toMatch(/^TEMPORAL_UNAVAILABLE: Temporal does not answer at localhost:/);
    expect(answer).not.toContain('hush');
  }
  expect([...tls.authorizations]).toEqual([]);
});

test('a profile of the file, and a variable over it', async () => {
  const profile = `[profile.cloud]
address = "${mutual.address}"
namespace = "${NAMESPACE}"
[profile.cloud.tls]
server_ca_cert_path = "${file('ca.pem')}"
client_cert_path = "${file('client.pem')}"
client_key_path = "${file('client.key')}"
`;
  await writeFile(file('temporal.toml'), profile);
  const env = { TEMPORAL_CONFIG_FILE: file('temporal.toml'), TEMPORAL_PROFILE: 'cloud' };
  expect(await reach(env)).toEqual(REACHED);
  expect(await reach({ ...env, TEMPORAL_ADDRESS: tls.address })).toEqual(REACHED);
});

describe('what is wrong is told, and nothing that a file holds', () => {
  beforeAll(async () => {
    await writeFile(file('broken.toml'), '[profile.cloud]\napi_key = hush-unquoted\n');
    await writeFile(file('garbage.pem'), 'hush-garbage');
    await writeFile(file('other.toml'), '[profile.other]\n');
  });

  test.each([
    [() => ({ TEMPORAL_TLS: 'yes' }), /TEMPORAL_TLS: must be true or false/],
    [
      () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('absent.pem') }),
      /absent\.pem that they name cannot be read \(ENOENT\)/,
    ],
    [() => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: folder }), /a file that they name cannot be read \(EISDIR\)/],
    [() => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('garbage.pem') }), /SERVER_CA_CERT_…: is not a cert/],
    [() => ({ TEMPORAL_TLS_CLIENT_CERT_PATH: file('client.pem') }), /belong together/],
    [
      () => ({ ...clientPair('client'), TEMPORAL_TLS_CLIENT_KEY_PATH: file('stranger.key') }),
      /are not a certificate and its key/,
    ],
    [
      () => ({ ...clientPair('client'), TEMPORAL_TLS_CLIENT_KEY_PATH: file('garbage.pem') }),
      /are not a certificate and its key/,
    ],
    [() => ({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' }), /is not supported/],
    [() => ({ TEMPORAL_CONFIG_FILE: file('absent.toml') }), /there is no file .*absent\.toml/],
    [() => ({ TEMPORAL_CONFIG_FILE: file('broken.toml') }), /profile file is not as it should be, line 2/],
    [
      () => ({ TEMPORAL_CONFIG_FILE: file('other.toml'), TEMPORAL_PROFILE: 'cloud' }),
      /TEMPORAL_PROFILE: Profile 'cloud' not found/,
    ],
  ])('%#', async (env, words) => {
    for (const answer of await reach({ TEMPORAL_ADDRESS: temporal.address, ...env() })) {
      expect(answer).toMatch(/^INPUT_INVALID: The operator of this process/);
      expect(answer).toMatch(words);
      expect(answer).not.toMatch(/hush|PRIVATE KEY/);
    }
  });
});
