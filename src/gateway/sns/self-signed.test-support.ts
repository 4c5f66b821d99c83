import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A key and a certificate of its own, as SNS would have one. */
export interface SelfSigned {
  privateKey: KeyObject;
  pem: string;
}

/** sha256WithRSAEncryption (RFC 8017), and the attribute commonName (RFC 5280), as they are encoded. */
const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const [SEQUENCE, SET, INTEGER, BITS, UTF8, UTC_TIME, VERSION] = [0x30, 0x31, 0x02, 0x03, 0x0c, 0x17, 0xa0];

/** Makes a certificate (RFC 5280) by hand: Node reads them but makes none. */
export function selfSigned(validity: { from: Date; to: Date }, commonName = 'sns.example.com'): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = tlv(SEQUENCE, tlv(SET, tlv(SEQUENCE, COMMON_NAME, tlv(UTF8, Buffer.from(commonName)))));
  const body = tlv(
    SEQUENCE,
    tlv(VERSION, tlv(INTEGER, Buffer.from([2]))),
    tlv(INTEGER, Buffer.from([1])),
    SHA256_WITH_RSA,
    name,
    tlv(SEQUENCE, utcTime(validity.from), utcTime(validity.to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = createSign('RSA-SHA256').update(body).sign(privateKey);
  const der = tlv(SEQUENCE, body, SHA256_WITH_RSA, tlv(BITS, Buffer.from([0]), signature));
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return { privateKey, pem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` };
}

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return tlv(UTC_TIME, Buffer.from(`${digits}Z`));
}

/** Tag, length, value (X.690). */
function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const bytes = value.length < 256 ? [value.length] : [value.length >> 8, value.length & 0xff];
  const length = value.length < 128 ? [value.length] : [0x80 + bytes.length, ...bytes];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}
