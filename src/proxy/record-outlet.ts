import type { Conn } from '../net/conn.ts';
import { addressOf, canGather, GatheredWrite, MAX_RANGES } from '../net/gathered-write.ts';
import { GrowingSizes } from '../wire/tls/growing-sizes.ts';
import { RECORD_HEADER_BYTES } from '../wire/tls/layout.ts';
import { RecordWriter, recordHeader, SERVER_RECORD_PAYLOAD, setRecordLength } from '../wire/tls/records.ts';
import type { Outlet } from './outlet.ts';

/** From here on the copy into a scratch array costs more than a foreign call. */
const GATHER_FROM_BYTES = 16 * 1024;
const FULL_RECORD_BYTES = RECORD_HEADER_BYTES + SERVER_RECORD_PAYLOAD;
const MAX_GATHERED_BYTES = (MAX_RANGES / 2) * SERVER_RECORD_PAYLOAD;

const gathered = new GatheredWrite();
const fullHeader = recordHeader(SERVER_RECORD_PAYLOAD);
const lastHeader = recordHeader(0);

/**
 * Bytes leave in application-data records, whose sizes grow as they flow. In bulk the records' headers and the bytes between
 * them go to the kernel from where they lie; what is small is copied together first. At most one write's rest is kept.
 */
export class RecordOutlet implements Outlet {
  readonly #conn: Conn;
  readonly #sizes = new GrowingSizes();
  readonly #writer = new RecordWriter(this.#sizes);
  /** The unsent end of records that have begun. */
  #tail: Uint8Array | null = null;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  get isBlocked(): boolean {
    return this.#tail !== null;
  }

  write(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.#tail === null) {
      const rest = at === 0 ? bytes : bytes.subarray(at);
      const taken = this.#isBulk(rest) ? this.#writeGathered(rest) : this.#writeCopied(rest);
      if (taken < 0) return -1;
      at += taken;
    }
    return at;
  }

  flush(): boolean {
    const tail = this.#tail;
    if (tail === null) return false;
    const taken = this.#conn.write(tail);
    if (taken <= 0) return false; // -1: the connection's end is being told to its owner
    this.#tail = taken === tail.length ? null : tail.subarray(taken);
    return true;
  }

  rest(): void {
    this.#sizes.rest();
  }

  #isBulk(bytes: Uint8Array): boolean {
    return canGather && bytes.length >= GATHER_FROM_BYTES && this.#sizes.areFull;
  }

  #writeCopied(bytes: Uint8Array): number {
    return this.#send(this.#writer.wrap(bytes)) ? bytes.length : -1;
  }

  /** A record that the kernel took in part is sent to its end by the runtime's write, which then tells when to go on. */
  #writeGathered(bytes: Uint8Array): number {
    const length = Math.min(bytes.length, MAX_GATHERED_BYTES);
    const taken = this.#conn.writeGathered(laidOut(bytes, length));
    if (taken < 0) return -1;
    const start = Math.floor(taken / FULL_RECORD_BYTES) * SERVER_RECORD_PAYLOAD;
    const end = Math.min(start + SERVER_RECORD_PAYLOAD, length);
    const seen = taken % FULL_RECORD_BYTES;
    if (start >= length || seen === RECORD_HEADER_BYTES + end - start) return length;
    return this.#send(this.#writer.wrap(bytes.subarray(start, end)).subarray(seen)) ? end : -1;
  }

  /** @returns false when the connection is gone */
  #send(records: Uint8Array): boolean {
    const taken = this.#conn.write(records);
    if (taken < 0) return false;
    if (taken < records.length) this.#tail = new Uint8Array(records.subarray(taken)); // copied: `records` is a scratch array
    return true;
  }
}

/** The first `length` bytes in full records, the last one as long as is left. */
function laidOut(bytes: Uint8Array, length: number): GatheredWrite {
  const address = addressOf(bytes);
  const fullHeaderAddress = addressOf(fullHeader);
  gathered.clear();
  let at = 0;
  for (; at + SERVER_RECORD_PAYLOAD <= length; at += SERVER_RECORD_PAYLOAD) {
    gathered.add(fullHeaderAddress, RECORD_HEADER_BYTES);
    gathered.add(address + at, SERVER_RECORD_PAYLOAD);
  }
  if (at < length) {
    setRecordLength(lastHeader, length - at);
    gathered.add(addressOf(lastHeader), RECORD_HEADER_BYTES);
    gathered.add(address + at, length - at);
  }
  return gathered;
}
