import { discard } from '../kit/discard.ts';
import type { CtrCipher } from '../wire/ctr.ts';
import type { RecordReader } from '../wire/tls/records.ts';

/**
 * What a pump does to bytes on their way. The stage may overwrite the chunk; the result is the chunk itself, an array that is
 * nobody else's, or empty.
 */
export interface Stage {
  /** @returns the bytes to pass on, or null when the stream is not what it has to be */
  apply(chunk: Uint8Array): Uint8Array | null;
}

/** Bytes pass as they are: downlink in fast mode, and splices. It keeps nothing, so that all share it. */
export const VERBATIM: Stage = { apply: (chunk) => chunk };

/** Off with one obfuscation, on with the other. */
export class Recrypt implements Stage {
  readonly #from: CtrCipher;
  readonly #to: CtrCipher;

  constructor(from: CtrCipher, to: CtrCipher) {
    this.#from = from;
    this.#to = to;
  }

  apply(chunk: Uint8Array): Uint8Array {
    const plain = this.#from.apply(chunk);
    const out = this.#to.apply(plain);
    discard(plain);
    return out;
  }
}

/** Uplink with fake TLS: out of the records, then recrypted. */
export class UnwrapRecrypt implements Stage {
  readonly #reader: RecordReader;
  readonly #recrypt: Recrypt;

  constructor(reader: RecordReader, recrypt: Recrypt) {
    this.#reader = reader;
    this.#recrypt = recrypt;
  }

  apply(chunk: Uint8Array): Uint8Array | null {
    const payload = this.#reader.read(chunk);
    return payload === null || payload.length === 0 ? payload : this.#recrypt.apply(payload);
  }
}
