import { createHash } from 'node:crypto';
import { hex } from '../../kit/bytes.ts';
import { BLOCK_BYTES, contentAt } from '../bulk/content.ts';

/** Size of the one file that clients can download: a whole block and a rest that no part size divides. */
export const FILE_BYTES = BLOCK_BYTES + 12_344;
const FILE_SEED = 7;
const MAX_KEPT_BYTES = 64 << 20;

/** The files of a simulated data centre: one to download, and what clients uploaded. */
export class FileShelf {
  readonly #uploads = new Map<bigint, Map<number, Uint8Array>>();
  #kept = 0;

  /** A part of the file; empty past its end. A copy only where the part spans more than one block. */
  read(offset: number, limit: number): Uint8Array {
    const length = Math.max(0, Math.min(limit, FILE_BYTES - offset, BLOCK_BYTES));
    return contentAt(FILE_SEED, offset, length);
  }

  /** SHA-256 of the whole file in hexadecimal, for the client to compare. */
  get fileHash(): string {
    const hash = createHash('sha256');
    for (let at = 0; at < FILE_BYTES; at += BLOCK_BYTES) hash.update(this.read(at, BLOCK_BYTES));
    return hash.digest('hex');
  }

  /** Keeps a copy of one uploaded part; false when the shelf is full. */
  save(fileId: bigint, part: number, bytes: Uint8Array): boolean {
    if (this.#kept + bytes.length > MAX_KEPT_BYTES) return false;
    const parts = this.#uploads.get(fileId) ?? new Map<number, Uint8Array>();
    this.#kept += bytes.length - (parts.get(part)?.length ?? 0);
    parts.set(part, bytes.slice());
    this.#uploads.set(fileId, parts);
    return true;
  }

  /** Every uploaded file: its length and the SHA-256 of its parts in order. */
  uploads(): { fileId: bigint; bytes: number; sha256: string }[] {
    return [...this.#uploads].map(([fileId, parts]) => {
      const ordered = [...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
      const hash = createHash('sha256');
      for (const part of ordered) hash.update(part);
      return { fileId, bytes: ordered.reduce((sum, part) => sum + part.length, 0), sha256: hex(hash.digest()) };
    });
  }
}
