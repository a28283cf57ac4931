import { u16be } from '../octets.ts';
import {
  HANDSHAKE_HEADER_BYTES,
  MAX_HELLO_MINOR,
  MAX_SESSION_ID_BYTES,
  MIN_HELLO_MINOR,
  RANDOM_BYTES,
  VERSION_MAJOR,
} from './layout.ts';

/*
 * A client hello message; every field but the first two has its length before it.
 *
 *   0      1        4         6        38
 *   | type | length | version | random | session id | cipher suites | compressions | extensions |
 */
const VERSION_AT = HANDSHAKE_HEADER_BYTES;
const RANDOM_AT = VERSION_AT + 2;
/** Where the session id's length stands in the message. */
export const SESSION_ID_AT = RANDOM_AT + RANDOM_BYTES;
const MIN_SUITES_BYTES = 2;
const MIN_COMPRESSIONS_BYTES = 1;
const MIN_MESSAGE_BYTES = SESSION_ID_AT + 1 + 2 + MIN_SUITES_BYTES + 1 + MIN_COMPRESSIONS_BYTES;
export const EXTENSION_HEADER_BYTES = 4;

const MISFIT = 'the lengths inside the hello do not add up';

/**
 * Checks the outline of a hello message, of which a prefix may be missing its end.
 *
 * @param message what has come of it
 * @param length what it declares, its own header included
 * @returns why it can't be a hello, or null when it is one or may become one
 */
export function helloFault(message: Uint8Array, length: number): string | null {
  const have = message.length;
  if (length < MIN_MESSAGE_BYTES) return MISFIT;
  if (have > VERSION_AT && message[VERSION_AT] !== VERSION_MAJOR) return 'not a TLS version';
  const minor = message[VERSION_AT + 1];
  if (have > VERSION_AT + 1 && (minor < MIN_HELLO_MINOR || minor > MAX_HELLO_MINOR)) return 'not a TLS version';

  let at = SESSION_ID_AT;
  if (at >= have) return null;
  if (message[at] > MAX_SESSION_ID_BYTES) return 'session id too long';
  at += 1 + message[at];

  if (at + 2 > length) return MISFIT;
  if (at + 2 > have) return null;
  const suitesBytes = u16be(message, at);
  if (suitesBytes < MIN_SUITES_BYTES || suitesBytes % 2 !== 0) return 'cipher suite list of a wrong length';
  at += 2 + suitesBytes;

  if (at + 1 > length) return MISFIT;
  if (at >= have) return null;
  if (message[at] < MIN_COMPRESSIONS_BYTES) return 'no compression method';
  at += 1 + message[at];
  return at === length ? null : extensionsFault(message, at, length);
}

function extensionsFault(message: Uint8Array, start: number, length: number): string | null {
  const have = message.length;
  if (start + 2 > length) return MISFIT;
  if (start + 2 > have) return null;
  let at = start + 2;
  if (at + u16be(message, start) !== length) return MISFIT;
  while (at < length) {
    if (at + EXTENSION_HEADER_BYTES > length) return MISFIT;
    if (at + EXTENSION_HEADER_BYTES > have) return null;
    at += EXTENSION_HEADER_BYTES + u16be(message, at + 2);
  }
  return at === length ? null : MISFIT;
}
