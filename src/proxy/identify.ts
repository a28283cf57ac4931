import { INIT_HEADER_BYTES } from '../wire/obfuscated2.ts';
import { type ClientHello, readClientHello } from '../wire/tls/client-hello.ts';
import type { Policy } from './policy.ts';

/** What a client's first bytes are. */
export type Identity =
  | { kind: 'need-more' }
  | { kind: 'hello'; hello: ClientHello }
  | { kind: 'header'; header: Uint8Array }
  | { kind: 'stranger' };

const NEED_MORE: Identity = { kind: 'need-more' };
const STRANGER: Identity = { kind: 'stranger' };

const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR = 0x03;
const VERB_BYTES = 4;
/** No client's init header starts so (protocol notes, "First-byte restrictions"): a browser or a scanner. */
const HTTP_VERBS = new Set(['GET ', 'POST', 'HEAD', 'OPTI']);

/**
 * Says what a session's first bytes are, as early as they show it.
 * @param bytes all that has come; to be asked again with more after `need-more`
 * @returns `header` holds a view of the first 64 bytes
 */
export function identify(bytes: Uint8Array, modes: Policy['modes']): Identity {
  if (bytes.length === 0) return NEED_MORE;
  if (modes.tls && looksLikeTls(bytes)) return identifyHello(bytes, modes);
  if (!modes.classic && !modes.secure) return STRANGER;
  if (bytes.length >= INIT_HEADER_BYTES) return { kind: 'header', header: bytes.subarray(0, INIT_HEADER_BYTES) };
  return isPlainText(bytes) ? STRANGER : NEED_MORE;
}

/** The first 64 bytes of a stranger that came at once and may be an init header, for whose modes are off; null when they are not. */
export function possibleHeader(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < INIT_HEADER_BYTES || looksLikeTls(bytes) || isPlainText(bytes)) return null;
  return bytes.subarray(0, INIT_HEADER_BYTES);
}

/** Whether a stream begins as TLS records do. */
export function looksLikeTls(bytes: Uint8Array): boolean {
  return bytes[0] === TLS_HANDSHAKE && (bytes.length === 1 || bytes[1] === TLS_MAJOR);
}

function identifyHello(bytes: Uint8Array, modes: Policy['modes']): Identity {
  const reading = readClientHello(bytes);
  if (reading.kind === 'match') return { kind: 'hello', hello: reading.hello };
  if (reading.kind === 'need-more') return NEED_MORE;
  // Random first bytes look like TLS once in 65,536 times: whole, they are still allowed to be an init header.
  const mayBeHeader = (modes.classic || modes.secure) && bytes.length >= INIT_HEADER_BYTES;
  return mayBeHeader ? { kind: 'header', header: bytes.subarray(0, INIT_HEADER_BYTES) } : STRANGER;
}

/** A line of text is somebody that waits for an answer: it goes to the site at once, not when the time is over. */
function isPlainText(bytes: Uint8Array): boolean {
  if (bytes.length < VERB_BYTES) return false;
  if (HTTP_VERBS.has(String.fromCharCode(...bytes.subarray(0, VERB_BYTES)))) return true;
  const isText = bytes.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09,
  );
  return isText && bytes[bytes.length - 1] === 0x0a;
}
