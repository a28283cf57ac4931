const HEADER_BYTES = 5;
const APPLICATION_DATA = 0x17;
const VERSION = 0x03;
/** Clients hang up, or hang, on more or on nothing: what TLS 1.3 allows, and never an empty record. */
const MAX_PAYLOAD_BYTES = 16_384 + 256;

/**
 * Strips the TLS records from what a proxy sends after its flight, as strictly as the strictest client: application
 * data only, no empty record.
 */
export class DownlinkRecords {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerSeen = 0;
  #left = 0;

  /**
   * @param onPayload called with each piece: a view of `chunk`
   * @returns false when a record is none that a client accepts
   */
  push(chunk: Uint8Array, onPayload: (piece: Uint8Array) => void): boolean {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left === 0) {
        this.#header[this.#headerSeen++] = chunk[at++] ?? 0;
        if (this.#headerSeen === HEADER_BYTES && !this.#enter()) return false;
        continue;
      }
      const end = Math.min(at + this.#left, chunk.length);
      this.#left -= end - at;
      onPayload(chunk.subarray(at, end));
      at = end;
    }
    return true;
  }

  #enter(): boolean {
    const [type, major, minor, high = 0, low = 0] = this.#header;
    this.#headerSeen = 0;
    this.#left = (high << 8) | low;
    const isLong = this.#left > MAX_PAYLOAD_BYTES || this.#left === 0;
    return type === APPLICATION_DATA && major === VERSION && minor === VERSION && !isLong;
  }
}
