import { type KeyObject, X509Certificate } from 'node:crypto';
import { fault, success, type Outcome } from '../../contract/errors';
import { snsHostOf } from '../../domain/sns-topic';
import { type SnsMessage } from './message';

/** Reads a small text; bounded in time and size, and follows no redirect. */
export type FetchText = (url: URL) => Promise<Outcome<string>>;

/** The certificates that SNS signs with. */
export interface SnsCertificates {
  /** The public key that a message names, if it lies where this topic's messages are signed and is valid now. */
  keyOf(message: Pick<SnsMessage, 'SigningCertURL' | 'TopicArn'>): Promise<Outcome<KeyObject>>;
}

/** One per region of the topics, and a second while SNS changes it; more are named by strangers only. */
const MAX_CACHED = 16;

/**
 * Keeps certificates by address, which only saves requests: another gateway reads them itself. What vouches for one is
 * the TLS connection to SNS's own host, so the address is compared as it is written: no other host, port, user or query.
 */
export function createSnsCertificates(fetchText: FetchText, now: () => number): SnsCertificates {
  const cached = new Map<string, X509Certificate>();

  async function read(url: string): Promise<Outcome<X509Certificate>> {
    const known = cached.get(url);
    if (known) return success(known);
    const text = await fetchText(new URL(url));
    if (!text.ok) return text;
    const certificate = parse(text.value);
    if (certificate.ok) {
      const [oldest] = cached.keys();
      if (cached.size >= MAX_CACHED && oldest !== undefined) cached.delete(oldest);
      cached.set(url, certificate.value);
    }
    return certificate;
  }

  return {
    async keyOf({ SigningCertURL: url, TopicArn: topicArn }) {
      const prefix = `https://${snsHostOf(topicArn) ?? 'no-topic'}/`;
      if (!url.startsWith(prefix) || !/^[A-Za-z0-9_-]+\.pem$/.test(url.slice(prefix.length)))
        return invalid('its address is not a .pem file at the topic’s own SNS host');
      const certificate = await read(url);
      if (!certificate.ok) return certificate;
      const { validFrom, validTo, publicKey } = certificate.value;
      if (!(Date.parse(validFrom) <= now() && now() <= Date.parse(validTo)))
        return invalid('it is not valid at present');
      return publicKey.asymmetricKeyType === 'rsa' ? success(publicKey) : invalid('its key is no RSA key');
    },
  };
}

function parse(text: string): Outcome<X509Certificate> {
  try {
    return success(new X509Certificate(text));
  } catch {
    return invalid('what lies at its address is no certificate');
  }
}

function invalid(reason: string): Outcome<never> {
  return fault('HOOK_CERTIFICATE_INVALID', `The signing certificate is refused: ${reason}.`);
}
