import { closeSync, openSync } from 'node:fs';
import type { SocketHandler, TCPSocketListenOptions } from 'bun';
import { familyRefusal } from './address-family.ts';
import { Conn } from './conn.ts';
import { OWNER_ONLY, type SocketAccess, SocketFile } from './socket-file.ts';
import { listenDrops, setConnectionOptions } from './socket-options.ts';

/** Where to accept: an address and port, or a unix socket's path. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly unix: string };

export interface ListenOptions {
  readonly address: ListenAddress;
  /** Several processes may share the port. */
  readonly reusePort: boolean;
  /** Who may open a unix socket; default: its owner. */
  readonly access?: SocketAccess;
  /** From this descriptor number on accepting pauses (numbers are given out lowest first). */
  readonly descriptorCeiling: number;
  readonly onConnection: (conn: Conn) => void;
  /** Accepting paused (true) or went on (false). */
  readonly onPause: (isPaused: boolean) => void;
}

/** The runtime's listener, of which the types do not know the descriptor. */
interface ListeningSocket {
  readonly fd: number;
  stop(closeActive?: boolean): void;
}

/** How often free descriptors are looked at; accepting rests at least so long when they ran out. */
const LOOK_MS = 500;

/**
 * One listening socket that can rest. Out of descriptors the runtime would spin on a connection it can't accept,
 * so the last ones are kept back: a connection that gets one is closed, the listener closes too and
 * opens again once descriptors are free. Connections that we open ourselves can take the last ones as well:
 * that is seen at the next look.
 */
export class Listener {
  readonly #options: ListenOptions;
  #server: ListeningSocket | null = null;
  #file: SocketFile | null = null;
  #dropsBefore = 0;
  readonly #timer: Timer;
  #port: number;

  /** @throws an error with a `code` (EADDRINUSE, EACCES ...) when the address can't be had */
  constructor(options: ListenOptions) {
    this.#options = options;
    this.#port = 'unix' in options.address ? 0 : options.address.port;
    this.#open();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** The bound port (also when port 0 was asked for); 0 for a unix socket. */
  get port(): number {
    return this.#port;
  }

  /** Where it accepts, with the bound port. */
  get address(): ListenAddress {
    const { address } = this.#options;
    return 'unix' in address ? address : { host: address.host, port: this.#port };
  }

  get isPaused(): boolean {
    return this.#server === null;
  }

  /** Connections that the kernel dropped because they were not accepted in time. */
  get drops(): number {
    return this.#dropsBefore + (this.#server === null ? 0 : listenDrops(this.#server.fd));
  }

  /** Accepts no more. Connections that stand are not touched. */
  stop(): void {
    clearInterval(this.#timer);
    this.#close();
  }

  #open(): void {
    const { address } = this.#options;
    const socket = Conn.incoming((conn) => this.#accept(conn));
    if ('unix' in address) this.#openUnix(address.unix, socket);
    else this.#openTcp(address.host, socket);
  }

  #openUnix(path: string, socket: SocketHandler<Conn>): void {
    const file = new SocketFile(path, this.#options.access ?? OWNER_ONLY);
    try {
      this.#server = listenOn(file.fd, socket);
      this.#file = file;
    } catch (error) {
      file.discard();
      throw error;
    }
  }

  #openTcp(host: string, socket: SocketHandler<Conn>): void {
    const { reusePort } = this.#options;
    // IPv6 sockets take IPv6 only, so that 0.0.0.0 and :: can stand side by side.
    const options = { hostname: host, port: this.#port, reusePort, ipv6Only: host.includes(':') };
    const server = listenWithCode({ ...options, allowHalfOpen: true, socket });
    // Set once: connections inherit them. Not the buffers: they would show in what strangers see of our TCP.
    this.#server = server as unknown as ListeningSocket;
    setConnectionOptions(this.#server.fd);
    this.#port = server.port;
  }

  #close(): void {
    this.#file?.remove();
    this.#file = null;
    this.#server?.stop(false);
    this.#server = null;
  }

  #accept(conn: Conn): void {
    if (conn.fd >= this.#options.descriptorCeiling) {
      conn.close();
      this.#pause();
      return;
    }
    this.#options.onConnection(conn);
  }

  #look(): void {
    if (this.#server !== null) {
      if (nextDescriptor() >= this.#options.descriptorCeiling) this.#pause();
    } else if (nextDescriptor('after-one') < this.#options.descriptorCeiling) this.#reopen(); // that one is for listening
  }

  #pause(): void {
    if (this.#server === null) return;
    this.#dropsBefore = this.drops;
    this.#close();
    this.#options.onPause(true);
  }

  #reopen(): void {
    try {
      this.#open();
      this.#options.onPause(false);
    } catch {
      // The address is still being released, or somebody took it: again at the next look. onPause(true) has told the operator.
    }
  }
}

/** The number that the next descriptor gets, or the one after it; infinite when there is none left. */
function nextDescriptor(which?: 'after-one'): number {
  let descriptor = Number.POSITIVE_INFINITY;
  try {
    descriptor = openSync('/dev/null', 'r');
    return which === undefined ? descriptor : nextDescriptor();
  } catch {
    return Number.POSITIVE_INFINITY;
  } finally {
    if (Number.isFinite(descriptor)) closeSync(descriptor);
  }
}

/** The runtime closes the descriptor when it stops, and touches no file. */
function listenOn(fd: number, socket: SocketHandler<Conn>): ListeningSocket {
  // The types know `fd` for connections only.
  const options = { fd, allowHalfOpen: true, socket } as unknown as TCPSocketListenOptions<Conn>;
  return Bun.listen<Conn>(options) as unknown as ListeningSocket;
}

/** The runtime's error has no `code` when the kernel gave it no socket at all. */
function listenWithCode(options: TCPSocketListenOptions<Conn>) {
  try {
    return Bun.listen<Conn>(options);
  } catch (error) {
    const code = familyRefusal(options.hostname);
    if (!(error instanceof Error) || 'code' in error || code === null) throw error;
    throw Object.assign(error, { code });
  }
}
