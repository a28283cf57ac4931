import { canonicalIp, type PeerAddress } from '../kit/address.ts';
import { readProxyHeader } from '../wire/proxy-header.ts';
import type { Policy } from './policy.ts';
import type { Refusals } from './refusals.ts';
import type { Session } from './session-table.ts';

/**
 * Reads the PROXY header of a load balancer in front of us, exactly, and takes from it who the client is and what it
 * connected to.
 *
 * @returns false when the peer is not trusted to say so, or says nothing that can be understood
 */
export async function learnPeer(
  session: Session,
  rule: NonNullable<Policy['proxyProtocol']>,
  refusals: Refusals,
): Promise<boolean> {
  const { reader } = session;
  if (reader === null) return true;
  const from = session.peer.ip;
  // '': a unix socket, which is local
  if (from !== '' && !rule.isTrusted(from)) {
    refusals.untrustedBalancer(from);
    return false;
  }
  for (;;) {
    const reading = readProxyHeader(reader.bytes);
    if (reading.kind === 'reject') {
      refusals.noProxyHeader(from === '' ? 'a unix socket' : from, reading.reason);
      return false;
    }
    if (reading.kind === 'match') {
      reader.consume(reading.consumed);
      if (reading.ends !== null) {
        session.peer = canonical(reading.ends.source);
        session.destination = canonical(reading.ends.destination);
      }
      return true;
    }
    if ((await reader.next()) !== 'bytes') return false;
  }
}

function canonical({ ip, port }: PeerAddress): PeerAddress {
  return { ip: canonicalIp(ip), port };
}
