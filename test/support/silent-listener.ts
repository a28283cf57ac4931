import { dlopen, FFIType, ptr } from 'bun:ffi';
import { dial } from '../../src/net/dial.ts';
import type { Dialing } from '../../src/net/dialing.ts';

const libc = dlopen('libc.so.6', {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  getsockname: { args: [FFIType.i32, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
}).symbols;

const AF_INET = 2;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const SOCKADDR_BYTES = 16;
const NO_BACKLOG = 0; // the kernel then holds one connection and drops every further SYN

/** A loopback port that answers no SYN, as a host behind a broken route: connecting to it neither works nor fails. */
export class SilentListener implements Disposable {
  readonly port: number;
  readonly #fd: number;
  readonly #filler: Dialing;

  private constructor(fd: number, port: number, filler: Dialing) {
    this.#fd = fd;
    this.port = port;
    this.#filler = filler;
  }

  static async start(): Promise<SilentListener> {
    const fd = libc.socket(AF_INET, SOCK_STREAM_CLOEXEC, 0);
    const address = new Uint8Array(SOCKADDR_BYTES);
    address.set([AF_INET, 0, 0, 0, 127, 0, 0, 1]);
    const isListening =
      libc.bind(fd, ptr(address), SOCKADDR_BYTES) === 0 &&
      libc.listen(fd, NO_BACKLOG) === 0 &&
      libc.getsockname(fd, ptr(address), ptr(new Uint32Array([SOCKADDR_BYTES]))) === 0;
    if (!isListening) throw new Error('cannot listen');
    const port = ((address[2] ?? 0) << 8) | (address[3] ?? 0);
    const filler = dial({
      endpoint: { host: '127.0.0.1', port },
      timeoutMs: 5_000,
      buffers: { receive: 0, send: 0 },
    });
    if ((await filler.result).kind === 'failed') throw new Error('cannot fill the backlog');
    return new SilentListener(fd, port, filler);
  }

  stop(): void {
    libc.close(this.#fd);
    void this.#filler.result.then((result) => {
      if (result.kind === 'connected') result.conn.close();
    });
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
