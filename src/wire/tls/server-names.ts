import { latin1 } from '../../kit/bytes.ts';
import { u16be } from '../octets.ts';
import { gatherHello } from './hello-records.ts';
import { EXTENSION_HEADER_BYTES, helloFault, SESSION_ID_AT } from './hello-shape.ts';
import { EXTENSION, LENGTH_OFFSET, RECORD_HEADER_BYTES } from './layout.ts';

/** A server name in a hello. */
export interface NamePlace {
  /** As servers compare it: lower case, without a dot at its end. */
  readonly name: string;
  /** Where each of its bytes stands in the stream: a name may be split over records. */
  readonly offsets: readonly number[];
}

export interface NameReading {
  readonly names: readonly NamePlace[];
  /** Nothing more of this hello is to come. */
  readonly isWhole: boolean;
  /** Bytes of the stream that are the hello's, once it is whole. */
  readonly length: number;
}

const NO_NAMES: NameReading = { names: [], isWhole: true, length: 0 };
const HOST_NAME = 0;
const NAME_HEADER_BYTES = 3;

/**
 * Finds the server names in the hello at the start of a stream, as early as they have come, so that what is passed on can be
 * looked at before it is. What can't be a hello has none: no server takes it for one.
 *
 *   server name extension   | list length 2 | type 1 | length 2 | name | ...
 *
 * @param bytes all that has come so far; not modified
 */
export function readServerNames(bytes: Uint8Array): NameReading {
  const prefix = gatherHello(bytes);
  if (prefix.kind === 'reject') return NO_NAMES;
  const { message, length, consumed } = prefix;
  if (length === null) return { names: [], isWhole: false, length: 0 };
  if (helloFault(message, length) !== null) return NO_NAMES;
  const names = namesIn(message).map(({ start, end }) => ({
    name: comparable(message.subarray(start, end)),
    offsets: streamOffsets(bytes, start, end),
  }));
  return { names, isWhole: message.length >= length, length: consumed };
}

/** A name as servers compare it. */
function comparable(bytes: Uint8Array): string {
  return latin1(bytes).toLowerCase().replace(/\.$/, '');
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The names that have come whole; the outline of the message has been checked. */
function namesIn(message: Uint8Array): Range[] {
  const found: Range[] = [];
  let at = extensionsAt(message);
  while (at + EXTENSION_HEADER_BYTES <= message.length) {
    const start = at + EXTENSION_HEADER_BYTES;
    const end = start + u16be(message, at + 2);
    if (u16be(message, at) === EXTENSION.serverName) found.push(...namesWithin(message, start, end));
    at = end;
  }
  return found;
}

/** Past the end while it has not come. */
function extensionsAt(message: Uint8Array): number {
  let at = SESSION_ID_AT;
  if (at >= message.length) return message.length;
  at += 1 + message[at];
  if (at + 2 > message.length) return message.length;
  at += 2 + u16be(message, at);
  if (at >= message.length) return message.length;
  return at + 1 + message[at] + 2;
}

function namesWithin(message: Uint8Array, start: number, end: number): Range[] {
  const found: Range[] = [];
  for (let at = start + 2; at + NAME_HEADER_BYTES <= Math.min(end, message.length); ) {
    const first = at + NAME_HEADER_BYTES;
    const last = first + u16be(message, at + 1);
    if (message[at] === HOST_NAME && last <= Math.min(end, message.length) && last > first) {
      found.push({ start: first, end: last });
    }
    at = last;
  }
  return found;
}

/** Where bytes of the message stand in the stream, between the headers of its records. */
function streamOffsets(bytes: Uint8Array, start: number, end: number): number[] {
  const offsets: number[] = [];
  let carried = 0;
  for (let at = 0; carried < end; ) {
    const payload = u16be(bytes, at + LENGTH_OFFSET);
    const first = at + RECORD_HEADER_BYTES;
    for (let index = Math.max(start, carried); index < Math.min(end, carried + payload); index += 1) {
      offsets.push(first + index - carried);
    }
    carried += payload;
    at = first + payload;
  }
  return offsets;
}
