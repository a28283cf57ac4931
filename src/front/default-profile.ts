import {
  AES128,
  AES256,
  CHACHA20,
  H2_ALPN_BYTES,
  HTTP1_ALPN_BYTES,
  type SiteProfile,
  X25519_MLKEM768,
} from './profile.ts';

/** Range of the encrypted part of ordinary sites' flights: certificate chain and the rest. */
const LEAST_ENCRYPTED_BYTES = 2200;
const ENCRYPTED_SPREAD = 1800;

/**
 * Stands in for a site that has never answered: present-day TLS 1.3, and a length that stays the same
 * for one domain, as a certificate's does.
 */
export function defaultProfile(domain: string): SiteProfile {
  const spread = new Bun.CryptoHasher('sha256').update(domain).digest().readUInt16BE(0) % ENCRYPTED_SPREAD;
  const total = LEAST_ENCRYPTED_BYTES + spread;
  return {
    domain,
    surveyedAtMs: 0,
    cipherRule: { by: 'site', order: [AES128, AES256, CHACHA20] },
    bothShares: X25519_MLKEM768,
    extensionOrder: 'versions-first',
    encryptedTotals: [total],
    alpnExtra: { h2: 0, 'http/1.1': HTTP1_ALPN_BYTES - H2_ALPN_BYTES, none: -H2_ALPN_BYTES },
    records: [total],
  };
}
