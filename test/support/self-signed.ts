import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { concat, fromHex, utf8 } from '../../src/kit/bytes.ts';

/** A server's certificate and its private key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

// DER tags (ITU-T X.690).
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const DNS_NAME = 0x82;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

const COMMON_NAME = fromHex('550403'); // 2.5.4.3
const SUBJECT_ALT_NAME = fromHex('551d11'); // 2.5.29.17
const BASIC_CONSTRAINTS = fromHex('551d13'); // 2.5.29.19
const ECDSA_WITH_SHA256 = fromHex('2a8648ce3d040302'); // 1.2.840.10045.4.3.2
const VERSION_3 = Uint8Array.of(2);
const LEAF_SERIAL = Uint8Array.of(1);
const YES = Uint8Array.of(0xff);
const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a P-256 certificate for `domain`, valid from yesterday to tomorrow, that is its own issuer (RFC 5280). */
export function selfSigned(domain: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256));
  const body = certificateBody(domain, publicKey, algorithm);
  const signature = sign('sha256', body, privateKey);
  const cert = der(SEQUENCE, body, algorithm, bitString(signature));
  return { cert: pem(cert), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function certificateBody(domain: string, publicKey: KeyObject, algorithm: Uint8Array): Uint8Array {
  const commonName = der(SEQUENCE, der(OBJECT_ID, COMMON_NAME), der(UTF8_STRING, utf8(domain)));
  const name = der(SEQUENCE, der(SET, commonName));
  const now = Date.now();
  return der(
    SEQUENCE,
    der(VERSION, der(INTEGER, VERSION_3)),
    der(INTEGER, LEAF_SERIAL),
    algorithm,
    name,
    der(SEQUENCE, utcTime(now - DAY_MS), utcTime(now + DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      EXTENSIONS,
      der(
        SEQUENCE,
        extension(SUBJECT_ALT_NAME, der(SEQUENCE, der(DNS_NAME, utf8(domain)))),
        extension(BASIC_CONSTRAINTS, der(SEQUENCE, der(BOOLEAN, YES))), // so that a client may take it as its authority
      ),
    ),
  );
}

function extension(id: Uint8Array, value: Uint8Array): Uint8Array {
  return der(SEQUENCE, der(OBJECT_ID, id), der(OCTET_STRING, value));
}

function bitString(bytes: Uint8Array): Uint8Array {
  return der(BIT_STRING, Uint8Array.of(0), bytes); // no unused bits
}

/** yymmddhhmmssZ */
function utcTime(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(UTC_TIME, utf8(`${digits}Z`));
}

function der(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  const { length } = body;
  if (length < 0x80) return concat(Uint8Array.of(tag, length), body);
  if (length < 0x100) return concat(Uint8Array.of(tag, 0x81, length), body);
  return concat(Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), body);
}

function pem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
