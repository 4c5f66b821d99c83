import { createSign, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';

/** A certificate and its key, both PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** An authority made up for a test, and what it has signed. */
export interface TestAuthority {
  ca: string;
  /** A certificate for `localhost` and 127.0.0.1. */
  issue(name: string): Certificate;
}

/** DER, as X.509 is written in: a tag, a length, and what is inside. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length: bytes } = body;
  // The shortest form that fits is the only one that every reader accepts.
  const length = bytes < 0x80 ? [bytes] : bytes < 0x100 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const oid = (...bytes: number[]) => der(0x06, Buffer.from(bytes));
const text = (value: string) => der(0x0c, Buffer.from(value));
const date = (value: string) => der(0x17, Buffer.from(value));
const TRUE = der(0x01, Buffer.from([0xff]));
const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);
const ALTERNATIVE_NAMES = oid(0x55, 0x1d, 0x11);
/** https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5.1: two digits of a year below 50 mean this century. */
const VALIDITY = sequence(date('200101000000Z'), date('491231235959Z'));

const nameOf = (commonName: string) => sequence(der(0x31, sequence(COMMON_NAME, text(commonName))));

interface Subject {
  name: string;
  publicKey: KeyObject;
  extensions: Buffer;
}

function sign({ name, publicKey, extensions }: Subject, issuer: string, key: KeyObject): string {
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    serial,
    ECDSA_WITH_SHA256,
    nameOf(issuer),
    VALIDITY,
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extensions)),
  );
  const signature = createSign('sha256').update(body).sign(key);
  const whole = sequence(body, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** Makes an authority with keys of its own; nothing of it is kept anywhere. */
export function createTestAuthority(): TestAuthority {
  const issuer = 'Test authority';
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = sequence(BASIC_CONSTRAINTS, TRUE, der(0x04, sequence(TRUE)));
  const ca = sign(
    { name: issuer, publicKey: own.publicKey, extensions: isAuthority },
    issuer,
    own.privateKey,
  );
  const places = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = sequence(ALTERNATIVE_NAMES, der(0x04, places));
  return {
    ca,
    issue(name) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        cert: sign({ name, publicKey, extensions }, issuer, own.privateKey),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}
