import { latin1 } from '../../../kit/bytes.ts';
import { sha1 } from './hashes.ts';

const KEY_ID_BYTES = 8;

/** An authorisation key, and the state of the sessions that use it. */
export interface AuthKey {
  readonly key: Uint8Array; // 256 bytes
  readonly id: Uint8Array; // 8 bytes: the tail of its SHA-1
  readonly salt: bigint;
  /** Client sessions that were told `new_session_created`. */
  readonly sessions: Set<bigint>;
}

export function newAuthKey(key: Uint8Array, salt: bigint): AuthKey {
  return { key, id: sha1(key).subarray(-KEY_ID_BYTES), salt, sessions: new Set() };
}

/** The keys that clients have made with one data centre. */
export class AuthKeys {
  readonly #byId = new Map<string, AuthKey>();

  get size(): number {
    return this.#byId.size;
  }

  add(key: AuthKey): void {
    this.#byId.set(latin1(key.id), key);
  }

  find(id: Uint8Array): AuthKey | null {
    return this.#byId.get(latin1(id)) ?? null;
  }

  remove(key: AuthKey): void {
    this.#byId.delete(latin1(key.id));
  }
}
