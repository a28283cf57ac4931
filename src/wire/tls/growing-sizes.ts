import { type RecordSizes, SERVER_RECORD_PAYLOAD } from './records.ts';

/** One segment holds the record whatever the link: 1500 bytes less IPv6, TCP with timestamps, and the record's header. */
const SMALL_PAYLOAD = 1_400;
const MIDDLE_PAYLOAD = 4_096;
const SMALL_RECORDS = 10;
const MIDDLE_RECORDS = 16;

/**
 * Record sizes as web servers choose them that care for the first byte: a client reads a record only when it is whole, so
 * the first ones fit a segment each, and once bulk flows they grow to the largest. `rest` begins anew, after a pause.
 */
export class GrowingSizes implements RecordSizes {
  #written = 0;

  /** The largest have been reached, so that `next` need not be asked. */
  get areFull(): boolean {
    return this.#written > SMALL_RECORDS + MIDDLE_RECORDS;
  }

  next(): number {
    if (this.areFull) return SERVER_RECORD_PAYLOAD;
    this.#written += 1;
    if (this.#written <= SMALL_RECORDS) return SMALL_PAYLOAD;
    return this.#written <= SMALL_RECORDS + MIDDLE_RECORDS ? MIDDLE_PAYLOAD : SERVER_RECORD_PAYLOAD;
  }

  rest(): void {
    this.#written = 0;
  }
}
