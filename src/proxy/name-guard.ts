import { concat, type Random } from '../kit/bytes.ts';
import { u16be } from '../wire/octets.ts';
import { HANDSHAKE_TYPE, LENGTH_OFFSET, RECORD_HEADER_BYTES, RECORD_TYPE } from '../wire/tls/layout.ts';
import { readServerNames } from '../wire/tls/server-names.ts';
import { blurName } from '../wire/tls/unknown-name.ts';
import type { ForeignVerdict } from './foreign-names.ts';
import type { Stage } from './stages.ts';

/** A client that is asked for another key share says a second hello, behind records that say nothing. */
const MAX_HELLOS = 2;
const BETWEEN_HELLOS: readonly number[] = [RECORD_TYPE.changeCipherSpec, RECORD_TYPE.alert];

/**
 * Looks at the server names that a stranger asks for, before they go to the site, however its hello is cut: names that the
 * verdict refuses end the splice, names that the site is not to know are made unknown. All else passes as it came. Nothing is held
 * back: of a name that came in pieces the last one is changed.
 */
export class NameGuard {
  readonly uplink: Stage = { apply: (chunk) => this.#lookAt(chunk) };
  readonly downlink: Stage = { apply: (chunk) => (this.#isMistaken(chunk) ? null : chunk) };
  readonly #judge: (name: string) => ForeignVerdict;
  readonly #random: Random;
  /** From the start of the hello that is being read; null once there is nothing more to look at. */
  #seen: Uint8Array | null = new Uint8Array(0);
  /** Of `#seen`, that the site has. */
  #passed = 0;
  #hellos = 0;
  #judged = 0;
  /** No hello could be read. */
  #isUnread = false;
  #hasAnswered = false;

  /** @param judge what to do with a name, in lower case; called once for each name that is asked for */
  constructor(judge: (name: string) => ForeignVerdict, random: Random) {
    this.#judge = judge;
    this.#random = random;
  }

  #lookAt(chunk: Uint8Array): Uint8Array | null {
    if (this.#seen === null) return chunk;
    this.#seen = concat(this.#seen, chunk);
    this.#passed = this.#seen.length - chunk.length;
    while (this.#seen !== null && this.#seen.length > 0) {
      const before: Uint8Array = this.#seen;
      if (!this.#readHello(this.#seen, chunk)) return null;
      if (this.#seen === before) break; // the rest has not come
    }
    return chunk;
  }

  /** @returns false when a name is refused */
  #readHello(seen: Uint8Array, chunk: Uint8Array): boolean {
    if (this.#hellos > 0 && !this.#isHelloNext(seen)) return true;
    const { names, isWhole, length } = readServerNames(seen);
    for (const { name, offsets } of names.slice(this.#judged)) {
      const verdict = this.#judge(name);
      if (verdict === 'refused') return false;
      const open = offsets.filter((at) => at >= this.#passed).map((at) => at - this.#passed);
      if (verdict === 'as-unknown') blurName(chunk, open, this.#random);
    }
    this.#judged = names.length;
    if (isWhole) this.#finishHello(length);
    return true;
  }

  #finishHello(length: number): void {
    this.#isUnread = length === 0 && this.#hellos === 0;
    this.#hellos += 1;
    this.#judged = 0;
    if (length === 0 || this.#hellos === MAX_HELLOS) this.#seen = null;
    else this.#dropSeen(length);
  }

  /** Skips records between the hellos. @returns false when no hello follows, or when that can't be told yet */
  #isHelloNext(seen: Uint8Array): boolean {
    if (seen.length < RECORD_HEADER_BYTES) return false;
    const length = u16be(seen, LENGTH_OFFSET);
    if (BETWEEN_HELLOS.includes(seen[0] ?? 0) || length === 0) {
      const end = RECORD_HEADER_BYTES + length;
      if (seen.length >= end) this.#dropSeen(end);
      return false;
    }
    if (seen[0] === RECORD_TYPE.handshake && seen.length === RECORD_HEADER_BYTES) return false;
    if (seen[0] === RECORD_TYPE.handshake && seen[RECORD_HEADER_BYTES] === HANDSHAKE_TYPE.clientHello) return true;
    this.#seen = null;
    return false;
  }

  #dropSeen(length: number): void {
    this.#seen = this.#seen?.slice(length) ?? null;
    this.#passed -= length;
  }

  /** The site goes on with a hello that we could not read: nobody knows what for. */
  #isMistaken(chunk: Uint8Array): boolean {
    if (this.#hasAnswered || chunk.length === 0) return false;
    this.#hasAnswered = true;
    return this.#isUnread && chunk[0] === RECORD_TYPE.handshake;
  }
}
