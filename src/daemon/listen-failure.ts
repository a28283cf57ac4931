import type { Config } from '../config/schema.ts';
import { hostPort } from '../kit/address.ts';
import { portOwner } from '../net/port-owner.ts';

/** Where the proxy should have listened, and in words why it could not. */
export interface ListenFailure {
  readonly addresses: string;
  readonly reason: string;
}

/** @param error what the runtime threw, with a `code` of the kernel */
export function listenFailure(error: unknown, { listen, port }: Config): ListenFailure {
  const addresses = listen.map((socket) => (socket.kind === 'unix' ? socket.path : hostPort(socket.host, port)));
  return { addresses: addresses.join(' '), reason: whyNotListening(error, port) };
}

/** Why an address could not be had, and what to do. @param error what the runtime threw */
export function whyNotListening(error: unknown, port: number): string {
  switch (error instanceof Error && 'code' in error ? error.code : null) {
    case 'EADDRINUSE':
      return `port ${port} is taken by ${takerOf(port)}: stop it, or choose another port (MTPROTO_PORT, --port)`;
    case 'EACCES':
      return `port ${port} is not permitted: ports below 1024 need root or the capability NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address';
    default:
      return String(error);
  }
}

function takerOf(port: number): string {
  const owner = portOwner(port);
  return owner === null ? 'another process' : `${owner.name} (process ${owner.pid})`;
}
