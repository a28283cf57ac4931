import { createCipheriv } from 'node:crypto';

/** Where an AES-256-CTR keystream starts. */
export interface CtrKey {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 16 bytes: the first counter, counted up as one big-endian integer. */
  readonly iv: Uint8Array;
}

const SKIP_BYTES = 4096;
const discarded = new Uint8Array(SKIP_BYTES);

/**
 * One direction of an obfuscated2 stream: AES-256-CTR, the same operation both ways, one keystream for the life of a connection.
 *
 * @see protocol notes, "2.2 Keys"
 */
export class CtrCipher {
  readonly #cipher;

  constructor(at: CtrKey) {
    this.#cipher = createCipheriv('aes-256-ctr', at.key, at.iv);
  }

  /** Returns a new array, owned by the caller, and moves the keystream on by as many bytes. */
  apply(bytes: Uint8Array): Uint8Array {
    return this.#cipher.update(bytes);
  }

  /** Moves the keystream on by `length` bytes. */
  skip(length: number): void {
    for (let left = length; left > 0; left -= SKIP_BYTES) {
      this.#cipher.update(left < SKIP_BYTES ? discarded.subarray(0, left) : discarded);
    }
  }
}
