import type { Batch, Store, StoredUser } from './store.ts';
import { writeSynced } from './write-synced.ts';
import type { WriterOrder, Written } from './writer-orders.ts';

/** Where a compiled executable has its programs, this one under its path in the checkout. */
const INSIDE_EXECUTABLE = '/$bunfs/root/';

/** The thread's program: a file, or an entry of the executable (deploy/build/compile.ts). */
const PROGRAM = import.meta.path.startsWith(INSIDE_EXECUTABLE)
  ? `${INSIDE_EXECUTABLE}src/store/writer-thread.js`
  : new URL('./writer-thread.ts', import.meta.url).href;

interface Waiting {
  readonly resolve: (failure: string | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The store's file behind a thread of its own: a disk that is slow to sync, or a file that another process has locked, holds up
 * no session. The thread begins with the first batch.
 */
export class StoreThread implements Store {
  readonly isLasting = true;
  readonly #file: string;
  #thread: Worker | null = null;
  #waiting: Waiting | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  addUser(user: StoredUser): void {
    writeSynced(this.#file, (file) => file.addUser(user));
  }

  write(batch: Batch): Promise<string | null> {
    return this.#ask({ kind: 'write', file: this.#file, batch });
  }

  async close(): Promise<void> {
    if (this.#thread === null) return;
    await this.#ask({ kind: 'close' });
    this.#thread?.terminate();
    this.#thread = null;
  }

  #ask(order: WriterOrder): Promise<string | null> {
    const thread = this.#thread ?? this.#begin();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      thread.postMessage(order);
    });
  }

  #begin(): Worker {
    const thread = new Worker(PROGRAM, { name: 'store', ref: false });
    thread.onmessage = ({ data }: MessageEvent<Written>) => {
      if (data.isWritten) this.#waiting?.resolve(data.failure);
      else this.#waiting?.reject(new Error(data.failure));
    };
    thread.onerror = ({ message }) => this.#ended(thread, message);
    thread.addEventListener('close', () => this.#ended(thread, 'the thread that writes has ended'));
    this.#thread = thread;
    return thread;
  }

  /** The next batch begins another one. */
  #ended(thread: Worker, reason: string): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    this.#waiting?.reject(new Error(reason));
  }
}
