import type { CtrCipher } from '../wire/ctr.ts';
import { GrowingSizes } from '../wire/tls/growing-sizes.ts';
import { type RecordReader, RecordWriter } from '../wire/tls/records.ts';

/**
 * What a pump does to bytes on their way. The result may be a view of a shared scratch buffer: it is valid until
 * the next call of any stage, so a pump writes it at once and copies only what the kernel did not take.
 */
export interface Stage {
  /** @returns the bytes to pass on, or null when the stream is not what it has to be */
  apply(chunk: Uint8Array): Uint8Array | null;
  /** Nothing has moved for a while. */
  rest?(): void;
}

/** Bytes pass as they are: fast mode without TLS, and splices. */
export class Verbatim implements Stage {
  apply(chunk: Uint8Array): Uint8Array {
    return chunk;
  }
}

/** Fast mode with fake TLS: what the DC sends is what the client expects, wrapped in records. */
export class Wrap implements Stage {
  readonly #sizes = new GrowingSizes();
  readonly #writer = new RecordWriter(this.#sizes);

  apply(chunk: Uint8Array): Uint8Array {
    return this.#writer.wrap(chunk);
  }

  rest(): void {
    this.#sizes.rest();
  }
}

/** Off with one obfuscation, on with the other. */
export class Recrypt implements Stage {
  readonly #from: CtrCipher;
  readonly #to: CtrCipher;

  constructor(from: CtrCipher, to: CtrCipher) {
    this.#from = from;
    this.#to = to;
  }

  apply(chunk: Uint8Array): Uint8Array {
    return this.#to.apply(this.#from.apply(chunk));
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

/** Downlink with fake TLS and without fast mode: recrypted, then wrapped. */
export class RecryptWrap implements Stage {
  readonly #recrypt: Recrypt;
  readonly #wrap = new Wrap();

  constructor(recrypt: Recrypt) {
    this.#recrypt = recrypt;
  }

  apply(chunk: Uint8Array): Uint8Array {
    return this.#wrap.apply(this.#recrypt.apply(chunk));
  }

  rest(): void {
    this.#wrap.rest();
  }
}
