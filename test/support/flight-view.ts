import { hex } from '../../src/kit/bytes.ts';
import { RawPeer } from './raw-peer.ts';

/** What anybody on the wire sees of a server's first answer. */
export interface FlightView {
  /** Types of the records in their order; equal neighbours count as one: their number is not ours to choose. */
  readonly sequence: string;
  /** Payload lengths. */
  readonly records: string;
  readonly cipher: string;
  readonly group: string;
  /** Extension types of the ServerHello. */
  readonly extensions: string;
  readonly sessionId: string;
  /** Everything up to the end, record headers too. */
  readonly total: number;
}

/** The answer, and how it came. */
export interface Visit {
  readonly bytes: Uint8Array;
  /** How many pieces the socket gave. */
  readonly pieces: number;
  readonly end: 'fin' | 'reset';
}

/**
 * Says hello and no more: the server answers, and gives up when it sees our FIN. What it says till then is its flight.
 * @param options `waits`: no FIN of ours, the server gives up by itself
 */
export async function visitWith(port: number, hello: Uint8Array, options: { waits?: boolean } = {}): Promise<Visit> {
  await using peer = await RawPeer.connect(port);
  let pieces = 0;
  const parts: Uint8Array[] = [];
  peer.onBytes = (chunk) => {
    pieces += 1;
    parts.push(chunk.slice());
  };
  await peer.write(hello);
  await peer.until(({ received, seen }) => received > 0 || seen.length > 0, 'an answer');
  if (options.waits !== true) peer.finish();
  const end = await peer.end();
  return { bytes: new Uint8Array(Buffer.concat(parts)), pieces, end };
}

/*
 * A ServerHello with a session id of n bytes:
 *
 *   0               5                 9         11       43  44           44 + n   46 + n        47 + n
 *   | record header | message header  | version | random | n | session id | cipher | compression | extensions
 */
const SESSION_ID_AT = 44;

/** Reads a flight by its offsets alone, on purpose without the product's readers. */
export function viewOf(bytes: Uint8Array): FlightView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: { type: string; length: number }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint16(at + 3);
    records.push({ type: view.getUint8(at).toString(16), length });
    at += 5 + length;
    if (at > bytes.length) throw new Error('the flight ends inside a record');
  }
  const sessionIdEnd = SESSION_ID_AT + view.getUint8(SESSION_ID_AT - 1);
  const types: string[] = [];
  let group = '';
  const extensionsAt = sessionIdEnd + 5;
  const extensionsEnd = extensionsAt + view.getUint16(sessionIdEnd + 3);
  for (let at = extensionsAt; at < extensionsEnd; at += 4 + view.getUint16(at + 2)) {
    types.push(code(view.getUint16(at)));
    if (types.at(-1) === '0033') group = code(view.getUint16(at + 4));
  }
  return {
    sequence: records
      .map(({ type }) => type)
      .filter((type, index, all) => type !== all[index - 1])
      .join(' '),
    records: records.map(({ type, length }) => `${type}:${length}`).join(' '),
    cipher: code(view.getUint16(sessionIdEnd)),
    group,
    extensions: types.join(' '),
    sessionId: hex(bytes.subarray(SESSION_ID_AT, sessionIdEnd)),
    total: bytes.length,
  };
}

function code(value: number): string {
  return value.toString(16).padStart(4, '0');
}
