import { dlopen, FFIType, ptr } from 'bun:ffi';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './proxy.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const MAX_DATAGRAM_BYTES = 4_096;

const { symbols: libc } = dlopen('libc.so.6', {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  recv: { args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i64 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
});

/** A bound Unix datagram socket, as a service manager has one; the runtime offers none. */
export class DatagramSocket implements Disposable {
  readonly name: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'petrel-datagrams-'));
  readonly #fd = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
  readonly #received: string[] = [];

  /** @param name a path or an `@` name; default: a path of its own */
  constructor(name?: string) {
    this.name = name ?? join(this.#folder, 'notify');
    const bare = this.name.replace('@', '\0');
    const address = new Uint8Array(Buffer.from(`${String.fromCharCode(AF_UNIX)}\0${bare}`));
    if (libc.bind(this.#fd, ptr(address), address.length) !== 0) throw new Error(`cannot bind ${this.name}`);
  }

  /** Waits for `count` datagrams since the start. */
  async received(count: number): Promise<readonly string[]> {
    await until(() => this.#take().length >= count, `${count} datagrams`);
    return this.#received;
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #take(): readonly string[] {
    const bytes = new Uint8Array(MAX_DATAGRAM_BYTES);
    for (;;) {
      const length = Number(libc.recv(this.#fd, ptr(bytes), bytes.length, MSG_DONTWAIT));
      if (length < 0) return this.#received;
      this.#received.push(Buffer.from(bytes.subarray(0, length)).toString());
    }
  }
}
