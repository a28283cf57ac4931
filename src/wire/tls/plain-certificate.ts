import { concat } from '../../kit/bytes.ts';
import { u16be } from '../octets.ts';
import {
  HANDSHAKE_HEADER_BYTES,
  HANDSHAKE_TYPE,
  LENGTH_OFFSET,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  VERSION_MAJOR,
  VERSION_OFFSET,
} from './layout.ts';

export type CertificateReading =
  | { kind: 'need-more' }
  /** The whole Certificate message: a view or a copy. */
  | { kind: 'match'; message: Uint8Array }
  | { kind: 'reject'; reason: string };

const MAX_RECORD = 16_384 + 256;
const NEED_MORE: CertificateReading = { kind: 'need-more' };

/**
 * Reads the certificates that a server of TLS 1.2 shows before anything is encrypted.
 *
 *   16 ServerHello, Certificate, ... (one record or several)
 *
 * @param bytes all that has come so far; to be called again with more after `need-more`
 */
export function readPlainCertificate(bytes: Uint8Array): CertificateReading {
  const parts: Uint8Array[] = [];
  for (let at = 0; bytes.length - at >= RECORD_HEADER_BYTES; ) {
    const length = u16be(bytes, at + LENGTH_OFFSET);
    if (bytes[at + VERSION_OFFSET] !== VERSION_MAJOR || length > MAX_RECORD) return reject('the answer is not TLS');
    if (bytes[at] !== RECORD_TYPE.handshake) return reject('the answer is not a ServerHello');
    const start = at + RECORD_HEADER_BYTES;
    parts.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  return certificateIn(concat(...parts));
}

/** @param handshake the handshake messages so far, without record headers */
function certificateIn(handshake: Uint8Array): CertificateReading {
  for (let at = 0, index = 0; handshake.length - at >= HANDSHAKE_HEADER_BYTES; index += 1) {
    const end = at + HANDSHAKE_HEADER_BYTES + ((handshake[at + 1] << 16) | u16be(handshake, at + 2));
    const type = handshake[at];
    if (index === 0 && type !== HANDSHAKE_TYPE.serverHello) return reject('the answer is not a ServerHello');
    if (index === 1 && type !== HANDSHAKE_TYPE.certificate) return reject('no certificate is shown');
    if (end > handshake.length) return NEED_MORE;
    if (type === HANDSHAKE_TYPE.certificate) return { kind: 'match', message: handshake.subarray(at, end) };
    at = end;
  }
  return NEED_MORE;
}

function reject(reason: string): CertificateReading {
  return { kind: 'reject', reason };
}
