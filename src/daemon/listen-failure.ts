import type { Config } from '../config/schema.ts';
import { PetrelError } from '../kit/errors.ts';
import { endpointText } from '../net/endpoint.ts';
import type { ListenAddress } from '../net/listen.ts';
import { portOwner } from '../net/port-owner.ts';

/** Where the proxy should have listened, and in words why it could not. */
export interface ListenFailure {
  readonly addresses: string;
  readonly reason: string;
}

/** One address could not be had. */
export class ListenError extends Error {
  readonly code: string;
  readonly address: ListenAddress;

  constructor(address: ListenAddress, cause: unknown) {
    super(whyNotListening(cause, address), { cause });
    this.name = 'ListenError';
    this.code = codeOf(cause);
    this.address = address;
  }
}

/** This machine does not have the address: its family is switched off, or nothing here is called so. */
const NO_SUCH_ADDRESS = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

export function isMissingAddress(error: unknown): boolean {
  return NO_SUCH_ADDRESS.includes(codeOf(error));
}

/** @param error what kept the proxy from listening */
export function listenFailure(error: unknown, { listen, port }: Config): ListenFailure {
  if (error instanceof ListenError) return { addresses: endpointText(error.address), reason: error.message };
  const addresses = listen.map((socket) =>
    socket.kind === 'unix' ? { unix: socket.path } : { host: socket.host, port },
  );
  const [first = { host: '', port }] = addresses;
  return { addresses: addresses.map(endpointText).join(' '), reason: whyNotListening(error, first) };
}

/** Why an address could not be had, and what to do. @param error what the runtime threw, with a `code` of the kernel, or a PetrelError */
export function whyNotListening(error: unknown, address: ListenAddress): string {
  if (error instanceof PetrelError) return error.message;
  if ('unix' in address) return String(error);
  const { host, port } = address;
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `port ${port} is taken by ${takerOf(port)}: stop it, or choose another port (MTPROTO_PORT, --port)`;
    case 'EACCES':
      return `port ${port} is not permitted: ports below 1024 need root or the capability NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL':
      return `this machine does not have that address: take "${host}" out of listen, or give it to an interface first`;
    case 'EAFNOSUPPORT':
      return `${host.includes(':') ? 'IPv6' : 'IPv4'} is switched off on this machine: take "${host}" out of listen`;
    case 'EMFILE':
    case 'ENFILE':
      return 'no file descriptor is left: raise the limit of open files';
    default:
      return String(error);
  }
}

function takerOf(port: number): string {
  const owner = portOwner(port);
  return owner === null ? 'another process' : `${owner.name} (process ${owner.pid})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
