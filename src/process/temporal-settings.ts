import { existsSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { fault, success, type Outcome } from '../contract/errors';

/** How Temporal is reached; the namespace is never left open. */
export interface TemporalSettings {
  connectionOptions: ClientConnectConfig['connectionOptions'];
  namespace: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Temporal's own variables and profile file, read by Temporal's own library, with what it would pass over in silence told
 * as a fault: a file that is not there, half a pair, a word that it takes for "no". No fault repeats what a file holds.
 */
export function readTemporalSettings(env: Environment = process.env): Outcome<TemporalSettings> {
  const given = withoutBlanks(env);
  const problem = variableProblem(given);
  if (problem !== undefined) return invalid(problem);
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars: given });
    const { tls } = connectionOptions;
    const unusable = typeof tls === 'object' && tls !== null ? tlsProblem(tls) : undefined;
    return unusable === undefined ? success({ connectionOptions, namespace }) : invalid(unusable);
  } catch (error) {
    return invalid(loadProblem(error));
  }
}

/** A blank variable counts as absent, as with ours: the library would take a blank key for one, and a blank TEMPORAL_TLS for "no". */
function withoutBlanks(env: Environment): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    // A blank header is how one of the profile's is taken away.
    const isBlank = value?.trim() === '' && !name.startsWith('TEMPORAL_GRPC_META_');
    if (value !== undefined && !isBlank) given[name] = value;
  }
  return given;
}

function variableProblem(env: Environment): string | undefined {
  const { TEMPORAL_TLS: tls, TEMPORAL_CONFIG_FILE: file } = env;
  if (tls !== undefined && !['1', 'true', '0', 'false'].includes(tls)) {
    return 'TEMPORAL_TLS: must be true or false';
  }
  if (env['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] !== undefined) {
    return 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: is not supported; name the server’s authority with TEMPORAL_TLS_SERVER_CA_CERT_PATH';
  }
  if (file !== undefined && !existsSync(file)) return `TEMPORAL_CONFIG_FILE: there is no file ${file}`;
  const hasPart = (name: string) =>
    env[`TEMPORAL_TLS_${name}_PATH`] !== undefined || env[`TEMPORAL_TLS_${name}_DATA`] !== undefined;
  if (env['TEMPORAL_PROFILE'] === undefined && hasPart('CLIENT_CERT') !== hasPart('CLIENT_KEY')) {
    return 'TEMPORAL_TLS_CLIENT_CERT_… and TEMPORAL_TLS_CLIENT_KEY_… belong together; set both or neither';
  }
  return undefined;
}

type TlsSettings = Exclude<ClientConnectConfig['connectionOptions']['tls'], boolean | null | undefined>;

/** Tried before anything is sent: the two clients that will use them word a bad file in ways that help nobody. */
function tlsProblem({ serverRootCACertificate: ca, clientCertPair }: TlsSettings): string | undefined {
  if (ca && !works(() => new X509Certificate(ca))) {
    return 'TEMPORAL_TLS_SERVER_CA_CERT_…: is not a certificate in PEM form';
  }
  if (!clientCertPair) return undefined;
  const { crt, key } = clientCertPair;
  if (works(() => createSecureContext({ cert: Buffer.from(crt), key: Buffer.from(key) }))) return undefined;
  return 'TEMPORAL_TLS_CLIENT_CERT_…, TEMPORAL_TLS_CLIENT_KEY_…: are not a certificate and its key in PEM form';
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** What can be told of an error of the file system, or of the parser. */
const fileErrorSchema = z.object({ path: z.string().optional(), code: z.string(), syscall: z.string() });
const parserErrorSchema = z.object({ line: z.number() });
const profileErrorSchema = z.object({ message: z.string().startsWith('Profile ') });

/** The library's own words only where they can't repeat a file: its parser quotes the line that it stumbles over. */
function loadProblem(error: unknown): string {
  const file = fileErrorSchema.safeParse(error);
  if (file.success) {
    const { path, code } = file.data;
    return `TEMPORAL_…: ${path === undefined ? 'a file' : `the file ${path}`} that they name cannot be read (${code})`;
  }
  const profile = profileErrorSchema.safeParse(error);
  if (profile.success) return `TEMPORAL_PROFILE: ${profile.data.message}`;
  const parser = parserErrorSchema.safeParse(error);
  const line = parser.success ? `, line ${parser.data.line}` : '';
  return `TEMPORAL_CONFIG_FILE: the profile file is not as it should be${line}`;
}

function invalid(problem: string): Outcome<never> {
  return fault('INPUT_INVALID', `The operator of this process has to correct its environment. ${problem}.`);
}
