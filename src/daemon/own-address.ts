import { equal } from '../kit/bytes.ts';
import { parseIp } from '../kit/ip.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { ownInterfaces } from '../net/own-interfaces.ts';

const IPV4_BYTES = 4;

/**
 * Whether a connection to `target` arrives at one of our own listeners.
 * @param target a literal address, or a unix socket's path
 * @param listeners with the ports they were given
 */
export function leadsBack(target: Endpoint, listeners: readonly Endpoint[]): boolean {
  return listeners.some((listener) => {
    if ('unix' in listener || 'unix' in target) {
      return 'unix' in listener && 'unix' in target && listener.unix === target.unix;
    }
    return listener.port === target.port && takes(listener.host, target.host);
  });
}

/** Whether a listener on `host` takes connections to `ip`: its own address, or with 0.0.0.0 and :: any of this machine. */
function takes(host: string, ip: string): boolean {
  const [own, wanted] = [parseIp(host), parseIp(ip)];
  if (own === null || wanted === null || own.length !== wanted.length) return false;
  return equal(own, wanted) || (own.every((byte) => byte === 0) && isOfThisMachine(wanted));
}

function isOfThisMachine(wanted: Uint8Array): boolean {
  if (wanted.length === IPV4_BYTES && wanted[0] === 127) return true;
  return Object.values(ownInterfaces()).some((list = []) =>
    list.some(({ address }) => equal(parseIp(address) ?? new Uint8Array(0), wanted)),
  );
}
