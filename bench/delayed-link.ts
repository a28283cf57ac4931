import { dlopen, FFIType, ptr } from 'bun:ffi';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

// Linux numbers: include/uapi/linux/if_tun.h.
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFREQ_BYTES = 40;
const IFREQ_FLAGS_AT = 16;
const PACKET_BYTES = 2_048;
const LOOK_MS = 1;
/** More than the link can have under way at the speeds measured here; beyond it packets are lost, as on a real one. */
const QUEUE_PACKETS = 4_096;

const { ioctl } = dlopen('libc.so.6', {
  ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
}).symbols;

/** One end of a link: a network device whose packets this process reads and writes. */
interface End {
  readonly name: string;
  readonly fd: number;
  readonly queue: { readonly dueMs: number; readonly packet: Uint8Array }[];
}

/**
 * Two network namespaces joined by a link on which every packet takes its time, made of two TUN devices and a queue in this
 * process: for kernels without netem. Needs root, iproute2 and /dev/net/tun.
 */
export class DelayedLink implements Disposable {
  static readonly near = 'petrel-near';
  static readonly far = 'petrel-far';
  /** Inside namespaces that this class makes and removes. */
  static readonly nearAddress = '10.99.0.1';
  static readonly farAddress = '10.99.0.2';
  readonly #delayMs: number;
  readonly #ends: readonly [End, End];
  readonly #timer: Timer;

  /** @param delayMs each way */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
    const [near, far] = [DelayedLink.near, DelayedLink.far];
    this.#ends = [openEnd('petrel-tun0'), openEnd('petrel-tun1')];
    for (const [namespace, end, address, other] of [
      [near, this.#ends[0], DelayedLink.nearAddress, DelayedLink.farAddress],
      [far, this.#ends[1], DelayedLink.farAddress, DelayedLink.nearAddress],
    ] as const) {
      run(`ip netns add ${namespace} && ip link set ${end.name} netns ${namespace}`);
      run(`ip -n ${namespace} addr add ${address} peer ${other} dev ${end.name}`);
      run(`ip -n ${namespace} link set ${end.name} up && ip -n ${namespace} link set lo up`);
    }
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const { fd } of this.#ends) closeSync(fd);
    run(`ip netns del ${DelayedLink.near}; ip netns del ${DelayedLink.far}`);
  }

  #look(): void {
    const now = performance.now();
    const [near, far] = this.#ends;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      for (let packet = readPacket(from.fd); packet !== null; packet = readPacket(from.fd)) {
        if (to.queue.length < QUEUE_PACKETS) to.queue.push({ dueMs: now + this.#delayMs, packet });
      }
      for (let [first] = to.queue; first !== undefined && first.dueMs <= now; [first] = to.queue) {
        to.queue.shift();
        writeSync(to.fd, first.packet);
      }
    }
  }
}

function openEnd(name: string): End {
  const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
  const request = new Uint8Array(IFREQ_BYTES);
  request.set(new TextEncoder().encode(name));
  new DataView(request.buffer).setUint16(IFREQ_FLAGS_AT, IFF_TUN | IFF_NO_PI, true);
  if (ioctl(fd, TUNSETIFF, ptr(request)) !== 0) throw new Error(`cannot make ${name}: this needs root`);
  return { name, fd, queue: [] };
}

function readPacket(fd: number): Uint8Array | null {
  const packet = new Uint8Array(PACKET_BYTES);
  try {
    return packet.subarray(0, readSync(fd, packet));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return null;
    throw error;
  }
}

function run(command: string): void {
  const done = Bun.spawnSync(['sh', '-c', command], { stderr: 'inherit' });
  if (done.exitCode !== 0) throw new Error(`failed: ${command}`);
}
