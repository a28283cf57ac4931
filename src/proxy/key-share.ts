import { generateKeyPairSync } from 'node:crypto';
import type { RandomFill } from '../kit/bytes.ts';
import { GROUP } from '../wire/tls/layout.ts';
import type { FlightShape } from '../wire/tls/server-flight.ts';

const MLKEM_CIPHERTEXT_BYTES = 1088;
const X25519_SPKI_PREFIX_BYTES = 12; // DER before the 32 bytes of the key

/** A key share for the flight: a real X25519 point, behind bytes like an ML-KEM ciphertext where the group wants them. */
export function makeKeyShare(group: FlightShape['group'], random: RandomFill): Uint8Array {
  const { publicKey } = generateKeyPairSync('x25519', {
    publicKeyEncoding: { format: 'der', type: 'spki' },
    privateKeyEncoding: { format: 'der', type: 'pkcs8' },
  });
  const point = publicKey.subarray(X25519_SPKI_PREFIX_BYTES);
  if (group === GROUP.x25519) return point;
  const share = new Uint8Array(MLKEM_CIPHERTEXT_BYTES + point.length);
  random(share);
  share.set(point, MLKEM_CIPHERTEXT_BYTES);
  return share;
}
