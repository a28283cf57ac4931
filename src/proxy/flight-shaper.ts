import { createHash, generateKeyPairSync } from 'node:crypto';
import { concat, type Random } from '../kit/bytes.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import type { FlightShape } from '../wire/tls/server-flight.ts';

const X25519 = 0x001d;
const X25519_MLKEM768 = 0x11ec;
const MLKEM_CIPHERTEXT_BYTES = 1088;
const X25519_SPKI_PREFIX_BYTES = 12; // DER before the 32 bytes of the key
const TLS_AES_128_GCM_SHA256 = 0x1301;
/** Preference of most TLS 1.3 servers. */
const CIPHERS = [TLS_AES_128_GCM_SHA256, 0x1302, 0x1303];
/** Range of the encrypted part (certificate chain and the rest) of ordinary sites. */
const LEAST_ENCRYPTED_BYTES = 2200;
const ENCRYPTED_SPREAD = 1800;

/**
 * Chooses what the flight for one hello looks like: the cipher and group a present-day site would take from this
 * client's lists, and an encrypted record whose length stays the same for one domain, as a certificate's does.
 */
export function shapeFlight(hello: ClientHello, domain: string): FlightShape {
  const cipher = hello.cipherSuites.find((suite) => CIPHERS.includes(suite)) ?? TLS_AES_128_GCM_SHA256;
  const offersMlkem = hello.keyShares.some((share) => share.group === X25519_MLKEM768);
  const spread = createHash('sha256').update(domain).digest().readUInt16BE(0) % ENCRYPTED_SPREAD;
  return {
    cipher,
    group: offersMlkem ? X25519_MLKEM768 : X25519,
    extensionOrder: 'versions-first',
    encryptedLength: LEAST_ENCRYPTED_BYTES + spread,
  };
}

/** A key share for the flight: a real X25519 point, behind bytes like an ML-KEM ciphertext where the group wants them. */
export function makeShare(group: FlightShape['group'], random: Random): Uint8Array {
  const { publicKey } = generateKeyPairSync('x25519', {
    publicKeyEncoding: { format: 'der', type: 'spki' },
    privateKeyEncoding: { format: 'der', type: 'pkcs8' },
  });
  const point = publicKey.subarray(X25519_SPKI_PREFIX_BYTES);
  return group === X25519 ? point : concat(random(MLKEM_CIPHERTEXT_BYTES), point);
}
